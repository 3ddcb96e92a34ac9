/* Keeping the recovery codes: the file that can be downloaded holds the codes that the page shows, in both languages, and in this session only.
 * ATTACKS: F20. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { leads, openPage, openStory } from './browser.mjs';
import { at, chooseProvider, enterCode, keepCodes, proveCredential, recoveryCodes, scan, startOf } from './journey.mjs';

let house, browser, page, codes, address;
before(async () => {
	[house, browser] = await openStory();
	page = await openPage(browser);
	await page.goto(startOf(house.portals.ptpha));
	await chooseProvider(page);
	await proveCredential(page);
	await enterCode(page, await (await scan(page, house.clock)).fresh());
	await at(page, 'recovery-codes');
	codes = await recoveryCodes(page);
});
after(async () => { await browser?.close(); await house?.stop(); });

async function downloaded() {
	const link = page.locator('a[download]');
	address = await link.evaluate((a) => a.href);
	const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
	return { name: file.suggestedFilename(), text: fs.readFileSync(await file.path(), 'utf8') };
}

test('the file holds the codes of the page, and says what they are for', async () => {
	const { name, text } = await downloaded();
	assert.match(name, /\.txt$/);
	for (const code of codes)
		assert.ok(text.includes(code), code);
	assert.equal(new URL(address).pathname, '/recovery-codes/download');
});

test('the same in French', async () => {
	await leads(page, () => page.locator('a.language').click());
	await at(page, 'recovery-codes');
	const { text } = await downloaded();
	for (const code of codes)
		assert.ok(text.includes(code), code);
	assert.match(text, /récupération/);
});

test('another browser does not get it, and neither does this one once the codes are kept', async () => {
	const other = await openPage(browser);
	const answer = await other.goto(address);
	assert.ok(!(await answer.text()).includes(codes[0]));
	await other.context().close();
	await keepCodes(page);
	await at(page, 'portal');
	const later = await page.goto(address);
	assert.ok(!(await later.text()).includes(codes[0]));
});
