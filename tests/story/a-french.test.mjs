/* French throughout: asked for by the portal, by the browser, or by the link on the page; no English sentence is left.
 * ATTACKS: 7.2 rows 11, 12, 13; 1.2 row 25 (ui_locales). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { formError, look, lookTwice, openStory, openPage } from './browser.mjs';
import { source } from './house.mjs';
import { at, chooseProvider, enterCode, keepCodes, leads, press, proveCredential, scan, startOf, toSecondFactor } from './journey.mjs';

let house, browser;
before(async () => { [house, browser] = await openStory(); });
after(async () => { await browser?.close(); await house?.stop(); });

const catalogue = (name) => JSON.parse(fs.readFileSync(`${source}/templates/${name}.json`, 'utf8'));
const english = catalogue('en'), french = catalogue('fr');
const onlyEnglish = Object.entries(english).filter(([key, text]) => text.length > 6 && !text.includes('{') && text !== french[key] &&
	!Object.values(french).some((other) => other.includes(text)) && !/^language\./.test(key)).map(([, text]) => text);

async function isFrench(page, state) {
	assert.match(await page.locator('html').getAttribute('lang'), /^fr/);
	const text = await page.locator('html').evaluate((html) => `${document.title}\n${html.innerText}`);
	assert.deepEqual(onlyEnglish.filter((sentence) => text.includes(sentence)), [], page.url());
	const link = page.locator('a.language');
	if (await link.count()) {
		assert.match(await link.getAttribute('lang'), /^en/, 'the other language is marked as such (WCAG 3.1.2)');
		assert.equal(await link.innerText(), 'English');
	}
	await look(page, state);
}

test('ui_locales=fr-CA: a first visit in French, errors too', async () => {
	const page = await openPage(browser);
	await page.goto(startOf(house.portals.ptpha, { ui_locales: 'fr-CA en' }));
	await at(page, 'choose-provider');
	await isFrench(page);
	assert.ok((await page.locator('body').innerText()).includes('CléGC'));
	await chooseProvider(page);
	await proveCredential(page);
	await at(page, 'enrol');
	await isFrench(page);
	const app = await scan(page, house.clock);
	await isFrench(page);
	for (const typed of ['', '12', '000000']) {
		assert.equal((await enterCode(page, typed)).status(), 422);
		const name = await formError(page);
		await isFrench(page, name);
		await lookTwice(page, name, () => enterCode(page, typed));
	}
	await enterCode(page, await app.fresh());
	await at(page, 'recovery-codes');
	await isFrench(page);
	await press(page, 'confirm');
	await isFrench(page, await formError(page));
	await lookTwice(page, 'required', () => press(page, 'confirm'));
	await keepCodes(page);
	await at(page, 'portal');
	assert.match(house.portals.ptpha.last.claims.locale, /^fr/, 'the portal is told');

	const other = await openPage(browser, { locale: 'fr-CA' });
	await toSecondFactor(other, house.portals.ptpha);
	await isFrench(other);
	await enterCode(other, '000000');
	await isFrench(other, await formError(other));
});

test('the browser\'s language decides when the portal says nothing; unknown ones do not hurt', async () => {
	for (const [locale, params, expected] of [['fr-CA', {}, 'fr'], ['en-CA', {}, 'en'], ['de-DE', {}, 'en'], ['en-CA', { ui_locales: 'de fr' }, 'fr'], ['fr-CA', { ui_locales: 'en' }, 'en'],
		['fr-CA', { ui_locales: 'x-klingon' }, 'fr']]) {
		const page = await openPage(browser, { locale });
		await page.goto(startOf(house.portals.ptpha, params));
		await at(page, 'choose-provider');
		assert.equal((await page.locator('html').getAttribute('lang')).slice(0, 2), expected, `${locale} ${JSON.stringify(params)}`);
		await page.context().close();
	}
});

test('the link changes the language and keeps the place; the choice lasts', async () => {
	const page = await openPage(browser);
	await page.goto(startOf(house.portals.ptpha));
	await chooseProvider(page);
	await proveCredential(page, 'louis');
	await at(page, 'enrol');
	const app = await scan(page, house.clock);
	const key = await page.locator('[data-totp-key]').getAttribute('data-totp-key');
	await leads(page, () => page.locator('a.language').click());
	await at(page, 'enrol-totp');
	assert.match(await page.locator('html').getAttribute('lang'), /^fr/);
	assert.equal(await page.locator('[data-totp-key]').getAttribute('data-totp-key'), key, 'the key is the same');
	await enterCode(page, await app.fresh());
	await at(page, 'recovery-codes');
	assert.match(await page.locator('html').getAttribute('lang'), /^fr/);
	await keepCodes(page);
	await at(page, 'portal');
	assert.match(house.portals.ptpha.last.claims.locale, /^fr/, 'a change on the way is carried back');
});

test('error pages are in French too', async () => {
	const page = await openPage(browser, { locale: 'fr-CA' });
	for (const path of ['/nowhere', '/second-factor?r=aaaaaaaaaaaaaaaa', '/authorize?client_id=nobody']) {
		await page.goto(house.issuer + path);
		await at(page, 'error');
		await isFrench(page, path.replace(/\W+/g, '-'));
	}
});
