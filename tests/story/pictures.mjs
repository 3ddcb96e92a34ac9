/* pictures.mjs - the pictures of README.md and doc/, taken anew of the pages as they are: `make pictures`.
 *
 * usage: pictures.mjs DIRECTORY     with BUILD and SOURCE as for the stories (house.mjs); needs pngquant(1) beside what they need
 * Each is a PNG with a palette, at most 60 KiB; all that is random in them (codes, keys, references) belongs to a service that is gone. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { leads, openPage, openStory, press } from './browser.mjs';
import { act, Caller, giveCode, staffAt, takeCall } from './caller.mjs';
import { at, chooseProvider, enterCode, firstVisit, keepCodes, proveCredential, scan, startOf, takeNotices, toEnrol, toSecondFactor } from './journey.mjs';

const [directory] = process.argv.slice(2);
if (!directory) {
	console.error('usage: pictures.mjs DIRECTORY');
	process.exit(2);
}
const limit = 60 * 1024;
const portals = {
	benefits: { name: { en: 'Benefits portal', fr: 'Portail des prestations' }, methods: ['totp', 'mail'] },
	agency: { name: { en: 'Agency portal', fr: 'Portail de l’agence' }, admission: 'approval' },
	staff: { name: { en: 'Partners’ portal', fr: 'Portail des partenaires' }, admission: 'invitation' },
};
const help = { en: '1-800-555-0100', fr: '1-800-555-0100' };
const wide = { viewport: { width: 1280, height: 640 } }, desk = { viewport: { width: 1120, height: 640 } }, phone = { locale: 'fr-CA', viewport: { width: 360, height: 640 } };

/* Of a long page its first `height` pixels. */
async function take(page, file, { height, colours = 32 } = {}) {
	const whole = path.join(directory, file), { width } = page.viewportSize();
	await page.evaluate(() => document.activeElement?.blur());
	await page.screenshot({ path: whole, fullPage: true, clip: height && { x: 0, y: 0, width, height } });
	execFileSync('pngquant', ['--force', '--strip', '--speed', '1', '--ext', '.png', String(colours), whole]);
	const { size } = fs.statSync(whole);
	if (size > limit)
		throw new Error(`${whole}: ${size} bytes, and ${limit} are allowed`);
	console.log(`${whole}: ${size} bytes`);
}

/* A first visit and a later one. */
async function takeSignIn(house, browser) {
	const { benefits } = house.portals, page = await openPage(browser, wide);
	await page.goto(startOf(benefits));
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

	const narrow = await openPage(browser, phone);
	await narrow.goto(startOf(benefits));
	await at(narrow, 'choose-provider');
	await take(narrow, 'choose-provider-fr.png');
	await firstVisit(narrow, house, { user: 'louis' });
	const later = await openPage(browser, wide);
	await toSecondFactor(later, benefits, { user: 'louis' });
	await take(later, 'second-factor.png');
}

/* Who is let in: a GCKey that opens another portal, an invitation, a wait. */
async function takeAdmission(house, browser) {
	const { agency, staff } = house.portals, page = await openPage(browser, phone);
	await page.goto(startOf(staff));
	await chooseProvider(page);
	await proveCredential(page, 'louis');
	await at(page, 'credential-in-use');
	await take(page, 'credential-in-use.png');
	await press(page, 'sign-out');
	await page.context().clearCookies();
	await page.goto(startOf(staff));
	await chooseProvider(page);
	await proveCredential(page, 'p1');
	await at(page, 'admission');
	await take(page, 'admission.png');
	const waiting = await openPage(browser, phone);
	await toEnrol(waiting, agency, { user: 'p2' });
	const app = await scan(waiting, house.clock);
	await enterCode(waiting, await app.fresh());
	await keepCodes(waiting);
	await takeNotices(waiting, house, 'p2@example.ca', 'fr');
	await at(waiting, 'waiting-approval');
	await take(waiting, 'waiting-approval.png');
}

/* An account moves, or ends. */
async function takeLife(house, browser) {
	const old = await Caller.open(browser, house, 'p3', { address: 'p3@example.ca' }), person = await Caller.open(browser, house, 'p4', { address: 'p4@example.ca', locale: 'fr-CA' });
	const { page } = person, manage = `${house.issuer}/manage?portal=benefits`;
	await page.setViewportSize(phone.viewport);
	await leads(page, () => page.locator('main a[href*="relink"]').click());
	await take(page, 'relink-name.png');
	await page.locator('input[name=support_reference]').fill(old.reference);
	await press(page, 'continue');
	await take(page, 'relink-prove.png');
	await press(page, 'review');
	await take(page, 'relink-review.png');
	await press(page, 'confirm');
	await take(page, 'relink-claim.png');
	const [, link] = /(https?:\/\/\S+\/not-me\?t=\S+)/.exec((await old.notice('mail-claim-opened')).text);
	await page.goto(`${link}&to=fr`);
	await at(page, 'not-me');
	await take(page, 'not-me.png');
	await page.goto(manage);
	await at(page, 'manage');
	await press(page, 'close');
	await at(page, 'close-account');
	await take(page, 'close-account.png');
}

/* A call at the help desk, which ends in a reset. */
async function takeDesk(house, browser) {
	const [anna, adam, olga] = await Promise.all(['anna', 'adam', 'olga'].map((user) => staffAt(browser, house, user)));
	const marie = await Caller.open(browser, house, 'dana', { address: 'dana@example.ca' }), { page } = anna;
	for (const each of [anna, adam, olga])
		await each.page.setViewportSize(desk.viewport);
	await marie.toCode();
	for (let i = 0; i < 2; i++)
		await enterCode(marie.page, '000000');
	await page.goto(`${house.desk}/`);
	await take(page, 'desk-look-up.png');
	await takeCall(page, house, marie.reference, await marie.pageCode());
	await press(page, 'send-caller-code');
	await giveCode(page, await marie.mailCode());
	await take(page, 'desk-account.png', { height: 1280, colours: 16 });
	await act(page, 'start-reset', { reason: 'factor-lost', ticket: 'INC-4711' });
	await adam.page.goto(`${house.desk}/resets`);
	await take(adam.page, 'desk-resets.png');
	await leads(adam.page, () => adam.page.locator('button[value=approve]').click());
	await olga.page.goto(`${house.desk}/audit`);
	await take(olga.page, 'desk-audit.png', { height: 800 });
}

fs.mkdirSync(directory, { recursive: true });
const [house, browser] = await openStory({ portals, help, mail: true, desk: true });
try {
	for (const part of [takeSignIn, takeAdmission, takeLife, takeDesk])
		await part(house, browser);
} finally {
	await browser.close();
	await house.stop();
}
