/* Apache's mod_auth_openidc (Debian) as a portal: client_secret_basic, PKCE S256, all from our discovery document.
 * ATTACKS: 1.2 row 1, O04 O05 O58. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Apache } from './apache.mjs';
import { openStory, openPage } from './browser.mjs';
import { at, chooseProvider, enterCode, keepCodes, proveCredential, scan } from './journey.mjs';

let house, browser, apache, app, sub;
before(async () => {
	apache = await Apache.plan();
	[house, browser] = await openStory({ portals: { legacy: apache.row } });
	await apache.start(house);
});
after(async () => { await browser?.close(); await apache?.stop(); await house?.stop(); });

const said = (page, id) => page.locator(`#${id}`).innerText();

async function arrives(page) {
	await at(page, 'apache').catch((error) => { throw new Error(`${error.message}\n${apache.errors()}`); });
	assert.equal(await said(page, 'iss'), house.issuer);
	assert.equal(await said(page, 'acr'), 'urn:vestibule:acr:loa2-totp');
	assert.match(await said(page, 'amr'), /otp/);
	return said(page, 'sub');
}

test('a first visit, in the language that the portal asked for', async () => {
	const page = await openPage(browser);
	await page.goto(`${apache.url}/index.shtml`);
	await at(page, 'choose-provider');
	assert.match(await page.locator('html').getAttribute('lang'), /^fr/);
	await chooseProvider(page);
	await proveCredential(page);
	app = await scan(page, house.clock);
	await enterCode(page, await app.fresh());
	await keepCodes(page);
	sub = await arrives(page);
	assert.match(await said(page, 'locale'), /^fr/);
	assert.equal(new URL(page.url()).pathname, '/index.shtml', 'where the person wanted to go');
});

test('a second visit is the same subject', async () => {
	const page = await openPage(browser);
	await page.goto(`${apache.url}/index.shtml`);
	await chooseProvider(page);
	await proveCredential(page);
	await enterCode(page, await app.fresh());
	assert.equal(await arrives(page), sub);
});
