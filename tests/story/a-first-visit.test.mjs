/* A first visit: from a portal's stock client, through a foreign credential provider, enrolment and recovery codes, to tokens.
 * ATTACKS: O02 O03 O04 O05 O11 O15 O28 O52 F29 F30 S116, and 7.1 to 7.3 on every page of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { openStory, openPage, formError } from './browser.mjs';
import { at, chooseProvider, enterCode, firstVisit, keepCodes, leads, press, proveCredential, recoveryCodes, scan, startOf } from './journey.mjs';

let house, browser;
before(async () => { [house, browser] = await openStory({}, { whole: true }); });
after(async () => { await browser?.close(); await house?.stop(); });

/* Everything that our host sent to a page, and every other host that was asked for anything. */
function overhear(page) {
	const heard = { ours: [], others: new Set() };
	page.on('response', (response) => {
		const url = new URL(response.url());
		if (url.hostname === 'auth.localhost')
			heard.ours.push({ url, status: response.status(), type: response.request().resourceType(), response });
		else if (!/^(portal|gckey)\.localhost$/.test(url.hostname))
			heard.others.add(url.hostname);
	});
	return heard;
}

async function checkHeaders({ url, status, response }) {
	const headers = await response.allHeaders();
	const policy = headers['content-security-policy'] ?? '';
	for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", 'form-action'])
		assert.ok(policy.includes(part), `${url.pathname}: ${part} in "${policy}"`);
	assert.doesNotMatch(policy, /unsafe/);
	assert.equal(headers['x-content-type-options'], 'nosniff', url.pathname);
	assert.equal(headers['referrer-policy'], 'no-referrer', url.pathname);
	assert.equal(headers['strict-transport-security'], undefined, 'not over plain HTTP (RFC 6797 7.2)');
	assert.equal(headers.server, undefined, 'no version is told');
	if (!['/style.css', '/favicon.svg'].includes(url.pathname))
		assert.match(headers['cache-control'] ?? '', /no-store/, url.pathname);
	if (status >= 300 && status < 400)
		assert.equal(status, 303, `${url.pathname}: 303, never 307 (RFC 9700 4.12)`);
}

test('a person enrols and reaches the portal, every page accessible in both languages', async () => {
	const page = await openPage(browser), heard = overhear(page);
	const { app, codes, visit } = await firstVisit(page, house, { looking: true });

	assert.deepEqual([...heard.others], [], 'no third party is contacted');
	for (const one of heard.ours)
		await checkHeaders(one);
	assert.ok(!heard.ours.some(({ url }) => /secret|otpauth|eyJ/.test(url.href)), 'no secret or token in an address');

	assert.equal(app.url.protocol, 'otpauth:');
	assert.equal(app.seed.length, 20, '160 bits');
	assert.equal(app.params.digits ?? '6', '6');
	assert.equal(app.params.period ?? '30', '30');
	assert.equal(app.params.algorithm ?? 'SHA1', 'SHA1');
	assert.ok(app.params.issuer && app.label.startsWith(`${app.params.issuer}:`), app.label);

	assert.equal(new Set(codes).size, 10);
	for (const code of codes)
		assert.match(code.replace(/[ -]/g, ''), /^[0-9A-HJKMNP-TV-Z]{16,}$/, 'at least 80 bits of Crockford base 32');

	assert.ok(!house.daemon.said.includes('error page'), 'nothing on the way is an error');
	const { claims, params } = visit;
	assert.equal(params.iss, house.issuer, 'RFC 9207');
	assert.equal(claims.iss, house.issuer);
	assert.equal(claims.aud, 'ptpha');
	assert.equal(claims.exp - claims.iat, 300);
	assert.equal(claims.acr, 'urn:vestibule:acr:loa2-totp');
	assert.ok(claims.amr.includes('otp') && claims.amr.includes('mfa'), String(claims.amr));
	assert.ok(Math.abs(claims.auth_time * 1000 - house.clock.now()) < 120000);
	assert.match(claims.locale, /^en/);
	assert.ok(claims.sid && claims.jti && claims.sub.length >= 22);
	assert.equal(visit.userinfo.sub, claims.sub);

	const access = decodeJwt(visit.tokens.access_token);
	assert.equal(decodeProtectedHeader(visit.tokens.access_token).typ, 'at+jwt', 'RFC 9068');
	assert.equal(decodeProtectedHeader(visit.tokens.id_token).alg, 'ES256');
	assert.equal(access.client_id, 'ptpha');
	assert.equal(access.sub, claims.sub);
	assert.equal(visit.tokens.expires_in, 300);
});

test('the request to the provider names no portal and cannot be guessed (S116)', async () => {
	const page = await openPage(browser), ids = new Set();
	for (let i = 0; i < 2; i++) {
		await page.goto(startOf(house.portals.ptpha));
		await chooseProvider(page);
		const { xml, id, relayState, url } = page.sent;
		ids.add(id);
		assert.ok(id.length >= 22, 'at least 128 bits');
		assert.match(xml, /ForceAuthn="(true|1)"/);
		assert.match(xml, /RequestedAuthnContext/);
		assert.ok(xml.includes('urn:gc-ca:cyber-auth:assurance:loa2'));
		assert.ok(xml.includes(`${house.issuer}/saml/metadata</`), 'the issuer is Vestibule');
		assert.doesNotMatch(xml, /Subject|Conditions|AssertionConsumerServiceIndex/);
		assert.match(url.searchParams.get('SigAlg'), /rsa-sha256$/);
		assert.ok(Buffer.byteLength(relayState) <= 80);
		assert.doesNotMatch(url.search + xml, /ptpha|portal\.localhost/);
	}
	assert.equal(ids.size, 2);
});

test('it works without JavaScript, and forms say what is wrong', async () => {
	const page = await openPage(browser, { javaScriptEnabled: false });
	await page.goto(startOf(house.portals.ptpha));
	await chooseProvider(page);
	await page.locator('input[name=username]').fill('louis');
	await page.locator('input[name=password]').fill('Vestibule-2');
	await page.locator('#submit_button').click();
	await leads(page, () => page.locator('noscript button').click());
	const app = await scan(page, house.clock);
	assert.equal(await page.locator('[data-totp-key]').getAttribute('data-totp-key'), app.params.secret, 'the key beside the QR code is the same');
	assert.match(await page.locator('[data-totp-key]').innerText(), /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/, 'in groups of four');

	for (const [typed, name] of [['', 'required'], ['12', 'malformed'], ['000000', 'wrong']]) {
		assert.equal((await enterCode(page, typed)).status(), 422);
		assert.equal(await formError(page), name);
	}
	assert.equal(await page.locator('[data-totp-key]').getAttribute('data-totp-key'), app.params.secret, 'the key stays');
	await enterCode(page, await app.fresh());
	await at(page, 'recovery-codes');
	const codes = await recoveryCodes(page);
	assert.equal((await press(page, 'confirm')).status(), 422);
	assert.equal(await formError(page), 'required');
	await page.reload();
	assert.deepEqual(await recoveryCodes(page), codes, 'a reload before the confirmation shows the same set');
	await keepCodes(page);
	await at(page, 'portal');
	assert.equal(house.portals.ptpha.last.error, undefined);
});

test('a page and its stylesheet weigh under 40 KB, and the session is in no address', async () => {
	const page = await openPage(browser), sizes = [];
	page.on('response', async (response) => { if (response.url().startsWith(house.issuer)) sizes.push((await response.body().catch(() => '')).length); });
	await page.goto(startOf(house.portals.ptpha));
	await at(page, 'choose-provider');
	assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 40960, `${sizes} bytes`);
	for (const cookie of await page.context().cookies(house.issuer)) {
		assert.ok(cookie.secure && cookie.httpOnly && cookie.name.startsWith('__Host-'), cookie.name);
		assert.ok(cookie.name.length + cookie.value.length < 4096);
		assert.equal(cookie.sameSite, cookie.name.startsWith('__Host-vestibule-login-') ? 'None' : 'Lax', cookie.name);
	}
	await chooseProvider(page);
	await proveCredential(page, 'dana');
	await at(page, 'enrol');
	const session = (await page.context().cookies(house.issuer)).find((cookie) => cookie.name === '__Host-vestibule');
	assert.ok(Buffer.from(session.value, 'base64url').length >= 16, '128 bits');
	assert.ok(!page.url().includes(session.value) && !(await page.content()).includes(session.value));
});
