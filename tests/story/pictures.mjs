/* pictures.mjs - the pictures of README.md, taken anew from a first visit and a later one: `make pictures`.
 *
 * usage: pictures.mjs DIRECTORY     with BUILD and SOURCE as for the stories (house.mjs); needs pngquant(1) beside what they need
 * Each is a PNG with a palette, at most 60 KiB; all that is random in them (codes, keys, references) belongs to a service that is gone. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { openPage, openStory } from './browser.mjs';
import { at, chooseProvider, enterCode, firstVisit, proveCredential, scan, startOf, toSecondFactor } from './journey.mjs';

const [directory] = process.argv.slice(2);
if (!directory) {
	console.error('usage: pictures.mjs DIRECTORY');
	process.exit(2);
}
const limit = 60 * 1024;
const name = { en: 'Benefits portal', fr: 'Portail des prestations' };

async function take(page, file) {
	const whole = path.join(directory, file);
	await page.evaluate(() => document.activeElement?.blur());
	await page.screenshot({ path: whole, fullPage: true });
	execFileSync('pngquant', ['--force', '--strip', '--speed', '1', '--ext', '.png', '32', whole]);
	const { size } = fs.statSync(whole);
	if (size > limit)
		throw new Error(`${whole}: ${size} bytes, and ${limit} are allowed`);
	console.log(`${whole}: ${size} bytes`);
}

async function takeAll(house, browser) {
	const [portal] = Object.values(house.portals), page = await openPage(browser, { viewport: { width: 1280, height: 640 } });
	await page.goto(startOf(portal));
	await at(page, 'choose-provider');
	await take(page, 'choose-provider.png');
	await chooseProvider(page);
	await proveCredential(page);
	const app = await scan(page, house.clock);
	await take(page, 'enrol-totp.png');
	await enterCode(page, await app.fresh());
	await at(page, 'recovery-codes');
	await take(page, 'recovery-codes.png');
	await page.context().close();

	const narrow = await openPage(browser, { locale: 'fr-CA', viewport: { width: 360, height: 640 } });
	await narrow.goto(startOf(portal));
	await at(narrow, 'choose-provider');
	await take(narrow, 'choose-provider-fr.png');
	await firstVisit(narrow, house, { user: 'louis' });
	const later = await openPage(browser, { viewport: { width: 1280, height: 640 } });
	await toSecondFactor(later, portal, { user: 'louis' });
	await take(later, 'second-factor.png');
}

fs.mkdirSync(directory, { recursive: true });
const [house, browser] = await openStory({ portals: { benefits: { name } } });
try {
	await takeAll(house, browser);
} finally {
	await browser.close();
	await house.stop();
}
