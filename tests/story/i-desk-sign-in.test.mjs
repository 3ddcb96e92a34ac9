/* The help desk's console, its frame: the first sign-in sets up an app, later ones ask for its code, roles decide, a caller's reference opens a
 * case, and nobody browses.  DESIGN.md section 5; ATTACKS: O50 O52 O53 O58 O59 O60 O61. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { accessible, at, formError, jarOf, look, lookTwice, openPage, openStory, postFrom } from './browser.mjs';
import { enrolStaff, lookUp, signInStaff, signOutStaff, vouch } from './desk.mjs';
import { until } from './house.mjs';
import { ask } from './http.mjs';
import { chooseProvider, enterCode, firstVisit, leads, startOf } from './journey.mjs';
import { readRequest, takeAnswer } from './simplesamlphp.mjs';

let house, browser, page, app, reference;
before(async () => {
	[house, browser] = await openStory({ desk: { looks_hour: 15, looks_day: 60 } });
	const person = await openPage(browser);
	await firstVisit(person, house);
	reference = await referenceOf(person);
	await person.context().close();
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(async () => {
	await page?.context().close();
	page = await openPage(browser);
});

/* From the foot of a page of the person's. */
async function referenceOf(person) {
	await person.goto(`${house.issuer}/manage?portal=ptpha`);
	return person.locator('[data-support-reference]').first().getAttribute('data-support-reference');
}

const cookieOf = async () => (await page.context().cookies(house.desk)).find((cookie) => cookie.name === '__Host-vestibule-desk');
const events = () => house.ctl('audit', 'tail', '200');

test('who is not signed in sees the sign-in and nothing else', async () => {
	await page.goto(`${house.desk}/`);
	await at(page, 'desk-sign-in');
	await lookTwice(page);
	for (const path of ['/enrol', '/second-factor']) {
		await page.goto(house.desk + path);
		await at(page, 'desk-sign-in');
	}
	const answer = await ask(`${house.desk}/`);
	assert.equal(answer.status, 303);
	assert.equal(answer.headers['x-frame-options'], 'DENY');
	assert.match(answer.headers['content-security-policy'], /^default-src 'none'/);
	assert.equal(answer.headers['cache-control'], 'no-store');
	assert.equal((await ask(`${house.desk}/authorize`)).status, 404, 'the portals’ paths are not here');
	assert.equal((await ask(`${house.issuer}/desk.css`)).status, 404, 'nor are the desk’s there');
});

test('a first sign-in sets up the app; a later one asks for its code', async () => {
	await vouch(page, house, 'anna');
	await at(page, 'desk-enrol');
	await lookTwice(page);
	const before = (await cookieOf()).value;
	await enterCode(page, '000000');
	assert.equal(await formError(page), 'wrong');
	app = await enrolHere();
	await at(page, 'desk-look-up');
	assert.notEqual((await cookieOf()).value, before, 'the cookie is another one once the factor is proven');
	assert.equal((await cookieOf()).sameSite, 'Lax');
	assert.equal(await page.locator('[data-role]').getAttribute('data-role'), 'agent');
	assert.match(await page.locator('[data-staff]').innerText(), /^S-[0-9A-Z]{6}$/);
	await lookTwice(page);
	await signOutStaff(page);
	await at(page, 'desk-sign-in');
	await lookTwice(page, 'signed-out');
	assert.equal(await cookieOf(), undefined);

	await vouch(page, house, 'anna');
	await at(page, 'desk-code');
	await lookTwice(page);
	await enterCode(page, '');
	assert.equal(await formError(page), 'required');
	await enterCode(page, '12345');
	assert.equal(await formError(page), 'malformed');
	await look(page, 'malformed');
	const code = await app.fresh();
	await enterCode(page, code);
	await at(page, 'desk-look-up');
	await signOutStaff(page);
	await vouch(page, house, 'anna');
	await enterCode(page, code);
	assert.equal(await formError(page), 'used');
});

/* On desk-enrol, as desk.mjs does it. */
async function enrolHere() {
	const { Authenticator } = await import('./journey.mjs');
	const { readQr } = await import('./browser.mjs');
	const made = new Authenticator(await readQr(page), house.clock);
	await enterCode(page, await made.fresh());
	return made;
}

test('in French', async () => {
	await page.context().close();
	page = await openPage(browser, { locale: 'fr-CA' });
	await signInStaff(page, house, 'anna', app);
	await at(page, 'desk-look-up');
	assert.equal(await page.locator('h1').innerText(), 'Trouver un compte');
	await lookUp(page, 'VB-0000-0000');
	assert.equal(await formError(page), 'wrong');
	assert.match(await page.locator('#message').innerText(), /Aucun compte/);
	await look(page, 'wrong');
});

for (const [user, reason] of [['noah', 'desk-role-missing'], ['tina', 'desk-role-several'], ['rex', 'desk-role-unknown']]) {
	test(`${user}: a wrong role is told, with what to ask for`, async () => {
		await vouch(page, house, user);
		await at(page, 'desk-error');
		assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), reason);
		assert.match(await page.locator('main').innerText(), /viewer.*agent.*supervisor.*auditor/s);
		assert.equal(await cookieOf(), undefined);
		await look(page, reason);
		await page.goto(`${house.desk}/`);
		await at(page, 'desk-sign-in');
	});
}

test('an answer of the provider is good once, and only in the browser that asked', async () => {
	await page.goto(`${house.desk}/sign-in`);
	const posted = page.waitForRequest((request) => request.method() === 'POST' && request.url() === `${house.desk}/saml/acs`);
	await vouch(page, house, 'vera');
	const form = Object.fromEntries(new URLSearchParams((await posted).postData()));
	const other = await openPage(browser);
	await other.goto(`${house.desk}/sign-in`);
	await postFrom(other, `${house.desk}/saml/acs`, form);
	await at(other, 'desk-error');
	assert.equal(await other.locator('[data-reason]').getAttribute('data-reason'), 'desk-cookies-missing');
	await accessible(other);
	await other.context().close();
	await signOutStaff(page);
	await postFrom(page, `${house.desk}/saml/acs`, form);
	await at(page, 'desk-sign-in');
	assert.equal(await cookieOf(), undefined, 'a second time it opens nothing');
	const jar = await jarOf(page.context(), house.desk);
	const elsewhere = await ask(`${house.issuer}/saml/acs`, { method: 'POST', jar, form });
	assert.equal(elsewhere.status, 400, 'nor at the portals’ address');
});

/* A provider's answer for one site, posted to the other with a request of that one in the browser: neither believes it. */
test('what one site\'s provider says is nothing at the other', async () => {
	await page.goto(startOf(Object.values(house.portals)[0]));
	await chooseProvider(page);
	const person = { ...await takeAnswer(page), RelayState: await begin() };
	await postFrom(page, `${house.desk}/saml/acs`, person);
	assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'desk-provider-answer-invalid');
	assert.equal(await cookieOf(), undefined);
	await begin();
	const staff = await takeAnswer(page, 'vera');
	await page.goto(startOf(Object.values(house.portals)[0]));
	await chooseProvider(page);
	await postFrom(page, `${house.issuer}/saml/acs`, { ...staff, RelayState: page.sent.relayState });
	await at(page, 'error');
	assert.ok(!(await jarOf(page.context(), house.issuer)).has('__Host-vestibule'), 'no session of a person');
});

/* Leave for the staff's provider; the RelayState. */
async function begin() {
	await page.goto(`${house.desk}/sign-in`);
	const sent = page.waitForRequest(/[?&]SAMLRequest=/);
	await page.locator('main button').click();
	const { relayState } = readRequest((await sent).url());
	await page.waitForURL((url) => url.hostname === 'staff.localhost');
	return relayState;
}

test('the console answers to its own name and methods only, and keeps no session in a log, a page or the store', async () => {
	for (const host of ['evil.example', `auth.localhost:${house.port}`])
		assert.equal((await ask(`${house.desk}/sign-in`, { headers: { Host: host } })).status, 421, host);
	for (const method of ['TRACE', 'PUT', 'DELETE', 'PATCH'])
		assert.equal((await ask(`${house.desk}/sign-in`, { method })).status, 405, method);
	await signInStaff(page, house, 'anna', app);
	const { value } = await cookieOf();
	assert.equal(Buffer.from(value, 'base64url').length, 32);
	assert.ok(!(await page.content()).includes(value) && !page.url().includes(value) && !house.daemon.said.includes(value));
	assert.ok(!/\banna\b/.test(house.daemon.said), 'no name of a member of staff');
	for (const name of fs.readdirSync(path.join(house.dir, 'state')))
		assert.ok(!fs.readFileSync(path.join(house.dir, 'state', name)).includes(value), `not in ${name}`);
	await signOutStaff(page);
	const stolen = await ask(`${house.desk}/`, { jar: new Map([['__Host-vestibule-desk', value]]) });
	assert.match(stolen.headers.location, /\/sign-in\?why=ended$/, 'what is signed out stays so');
});

test('a reference opens a case; what is not one is told', async () => {
	await signInStaff(page, house, 'anna', app);
	await lookUp(page, '');
	assert.equal(await formError(page), 'required');
	await lookUp(page, 'VB-12');
	assert.equal(await formError(page), 'malformed');
	await lookUp(page, 'VB-0000-0000');
	assert.equal(await formError(page), 'wrong');
	assert.equal(await page.locator('input[name=reference]').inputValue(), 'VB-0000-0000', 'what was typed stays, to be corrected');
	await look(page, 'wrong');
	await lookUp(page, reference, '12 34');
	assert.equal(await formError(page), 'malformed');
	await look(page, 'code-malformed');
	await lookUp(page, ` ${reference.toLowerCase().replaceAll('-', ' ')} `);
	assert.match(page.url(), /\/account\?c=[0-9a-f]{32}$/, 'leniently typed');
	assert.ok(!page.url().includes(reference));
	const told = events();
	assert.match(told, /desk-looked/);
	assert.match(told, /desk-missed/);
	assert.ok(!told.includes('VB-0000-0000'));
});

test('a session ends: unused for 15 minutes, or when its member of staff signs in elsewhere', async () => {
	await signInStaff(page, house, 'anna', app);
	const other = await openPage(browser);
	await signInStaff(other, house, 'anna', app);
	await at(other, 'desk-look-up');
	await page.goto(`${house.desk}/`);
	await at(page, 'desk-sign-in');
	assert.match(page.url(), /why=ended/);
	await look(page, 'ended');
	house.clock.forward(15 * 60 + 1);
	await other.goto(`${house.desk}/`);
	await at(other, 'desk-sign-in');
	await other.context().close();
});

test('wrong codes cost a wait; the operator resets a lost phone', async () => {
	const own = await enrolStaff(page, house, 'adam');
	const code = await page.locator('[data-staff]').innerText();
	await signOutStaff(page);
	await vouch(page, house, 'adam');
	for (let i = 0; i < 5; i++)
		await enterCode(page, own.show(1000 + i));
	await enterCode(page, own.show(2000));
	assert.equal(await formError(page), 'locked');
	await look(page, 'locked');
	assert.match(house.ctl('staff', 'list'), new RegExp(`${code}.*agent.*totp`));
	house.ctl('staff', 'reset', code.toLowerCase());
	await page.goto(`${house.desk}/`);
	await at(page, 'desk-sign-in');
	await vouch(page, house, 'adam');
	await at(page, 'desk-enrol');
	assert.throws(() => house.ctl('staff', 'reset', 'S-ZZZZZZ'), /no member of staff/);
	assert.match(events(), /staff-reset/);
});

test('the limits: ten failures in an hour, and so many looks', async () => {
	house.clock.forward(3601);
	await signInStaff(page, house, 'anna', app);
	for (let i = 0; i < 10; i++)
		await lookUp(page, `VB-0000-000${i}`);
	const answer = await lookUp(page, reference);
	assert.equal(answer.status(), 429);
	assert.equal(await formError(page), 'locked');
	assert.ok(Number(answer.headers()['retry-after']) > 3000);
	await look(page, 'limited');
	assert.match(events(), /desk-limited/);
	assert.match(house.daemon.said, /used up its look-ups/);
	house.clock.forward(3601);
	await signInStaff(page, house, 'anna', app);
	for (let i = 0; i < 15; i++) {
		await lookUp(page, reference);
		assert.match(page.url(), /\/account/);
		await page.goto(`${house.desk}/`);
	}
	assert.equal((await lookUp(page, reference)).status(), 429);
});

test('a form of another session, an unknown button and an unknown page are refused', async () => {
	house.clock.forward(3601);
	await signInStaff(page, house, 'anna', app);
	await page.locator('main input[name=csrf]').evaluate((input) => { input.value = 'AAAA'; });
	assert.equal((await lookUp(page, reference)).status(), 403);
	await at(page, 'desk-error');
	await look(page, 'forbidden');
	await page.goto(`${house.desk}/`);
	await page.locator('button[value=look]').evaluate((button) => { button.value = 'browse'; });
	assert.equal((await leads(page, () => page.locator('button[value=browse]').click())).status(), 400);
	assert.equal((await page.goto(`${house.desk}/accounts`)).status(), 404);
	await lookTwiceError();
	assert.equal((await ask(`${house.desk}/language?to=fr&back=/style.css`)).status, 400);
	assert.equal((await ask(`${house.desk}/sign-out`)).status, 405);
	for (const path of ['/desk.css', '/style.css', '/favicon.svg'])
		assert.equal((await ask(house.desk + path)).status, 200);
});

test('beside the portals: figures, readiness, and what a reload may not change', async () => {
	assert.match(await house.metrics(), /endpoint="desk-look-up",status="2xx"/);
	assert.equal((await ask(`http://127.0.0.1:${house.operations}/health/ready`)).status, 200);
	assert.match(house.ctl('doctor'), /the help desk's console answers +well/);
	const good = structuredClone(house.config);
	for (const [key, change] of [['helpdesk.listen', { listen: '127.0.0.1:1' }], ['helpdesk.public_url', { public_url: 'http://other.localhost:1' }]]) {
		Object.assign(house.config.helpdesk, change);
		house.rewrite();
		house.daemon.child.kill('SIGHUP');
		await until(`${key} in the log`, () => house.daemon.said.includes(`${key} cannot change while the service runs`), 5);
		house.config = structuredClone(good);
	}
	house.config.providers[1].name = { en: 'Renamed', fr: 'Renommé' };
	house.rewrite();
	house.daemon.child.kill('SIGHUP');
	await until('the new name', async () => (await ask(`${house.desk}/sign-in`)).text.includes('Renamed'), 5);
});

async function lookTwiceError() {
	await at(page, 'desk-error');
	await look(page, 'not-found');
	await leads(page, () => page.locator('main a.button').click());
	await at(page, 'desk-look-up');
}
