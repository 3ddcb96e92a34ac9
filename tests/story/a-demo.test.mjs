/* The stand-in world of ./demo, as a portal team meets it: register at the stand-in GCKey, sign in, a bank, two portals, cancelling,
 * and what becomes of a provider that misbehaves.
 * ATTACKS: S46 S60 S63, FEDERATION.md 2.1, 2.2. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { look, lookTwice, openBrowser, openPage, pageName } from './browser.mjs';
import { openDemo } from './house.mjs';
import { at, enterCode, keepCodes, leads, press, recoveryCodes, scan } from './journey.mjs';

let house, browser, page, app;
before(async () => {
	browser = await openBrowser();
	house = await openDemo({ desk: true });
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(async () => {
	await page?.context().close();
	page = await openPage(browser);
});

const portal = (id) => `http://${id}.localhost:${house.demoPort}/`;
const claim = (name) => page.locator(`[data-claim=${name}]`).innerText();

/* From a stand-in portal to a stand-in provider. */
async function start(id, provider) {
	await page.goto(portal(id));
	await leads(page, () => page.locator('a.sign-in').click());
	await at(page, 'choose-provider');
	await page.locator(`input[name=provider][value=${provider}]`).check();
	await page.locator('button[name=action][value=continue]').click();
	await at(page, 'stand-in-sign-in');
}

async function signIn(fields, behave) {
	for (const [name, value] of Object.entries(fields))
		await page.locator(`input[name=${name}]`).fill(value);
	if (behave)
		await page.locator('select[name=behave]').selectOption(behave);
	await press(page, 'sign-in');
}

async function goOn() {
	await at(page, 'stand-in-continue');
	await leads(page, () => page.locator('button.go').click());
}

const marie = { user: 'marietremblay', password: 'Un-mot-de-passe-1' };

test('register, sign in, enrol, and be somebody at the portal', async () => {
	await page.goto(portal('health'));
	await look(page);
	await start('health', 'gckey');
	await look(page);
	await leads(page, () => page.locator('a.register').click());
	await at(page, 'stand-in-register');
	await look(page);
	await page.locator('input[name=user]').fill('x');
	await press(page, 'register');
	await at(page, 'stand-in-register');
	await look(page, 'wrong');
	for (const [name, value] of Object.entries(marie))
		await page.locator(`input[name=${name}]`).fill(value);
	await press(page, 'register');
	await at(page, 'stand-in-sign-in');
	await signIn({ ...marie, password: 'wrong-password' });
	await at(page, 'stand-in-sign-in');
	await look(page, 'wrong');
	await signIn(marie);
	await look(page);
	await goOn();
	app = await scan(page, house.clock);
	await enterCode(page, await app.fresh());
	assert.equal((await recoveryCodes(page)).length, 10);
	await keepCodes(page);
	await at(page, 'stand-in-portal');
	await look(page, 'signed-in');
	assert.equal(await claim('acr'), 'urn:vestibule:acr:loa2-totp');
	assert.ok((await claim('sub')).length >= 22);
});

test('the second visit asks for a code', async () => {
	await start('health', 'gckey');
	await signIn(marie);
	await goOn();
	await at(page, 'second-factor');
	await enterCode(page, await app.fresh());
	await at(page, 'stand-in-portal');
	assert.match(await claim('amr'), /otp/);
});

test('a bank opens both portals, with an account of its own at each', async () => {
	const subs = [];
	for (const id of ['health', 'employer']) {
		await start(id, 'partner');
		await look(page, 'banks');
		assert.equal(await page.locator('input[name=bank]').count(), 10);
		await page.locator('input[name=bank][value=desjardins]').check();
		await signIn({ user: 'louis' });
		await goOn();
		const other = await scan(page, house.clock);
		await enterCode(page, await other.fresh());
		await keepCodes(page);
		await at(page, 'stand-in-portal');
		subs.push(await claim('sub'));
	}
	assert.notEqual(subs[0], subs[1]);
});

test('a GCKey of another portal is refused', async () => {
	await start('employer', 'gckey');
	await signIn(marie);
	await goOn();
	await at(page, 'credential-in-use');
	assert.doesNotMatch(await page.locator('main').innerText(), /health|santé/i);
	await lookTwice(page, 'demo');
});

test('giving up at the provider leads back to the choice', async () => {
	await start('health', 'gckey');
	await press(page, 'cancel');
	await look(page, 'cancelled');
	await goOn();
	assert.ok(['choose-provider', 'error'].includes(await pageName(page)));
	assert.ok(await page.locator('main a.button, main button').count() > 0, 'a way out');
	await look(page, 'after-cancel');
});

for (const behave of ['expired', 'audience', 'signature', 'no-partner']) {
	test(`a provider that misbehaves: ${behave}`, async () => {
		await start('health', 'gckey');
		await signIn(marie, behave);
		await goOn();
		assert.ok(['error', 'choose-provider'].includes(await pageName(page)), await pageName(page));
		assert.equal((await page.context().cookies(house.issuer)).filter(({ name }) => name === '__Host-vestibule').length, 0, 'no session');
		assert.ok(await page.locator('main a.button, main button').count() > 0, 'a way out');
	});
}

/* The help desk's console, whose staff are anybody: a name and a role. */
async function vouchForStaff(user, role, behave) {
	await page.goto(`${house.desk}/sign-in`);
	await at(page, 'desk-sign-in');
	await page.locator('main button').click();
	await at(page, 'stand-in-sign-in');
	if (role)
		await page.locator(`input[name=role][value=${role}]`).check();
	await signIn({ user }, behave);
}

test('staff choose who they are and what their role is', async () => {
	await vouchForStaff('anna');
	assert.equal(await page.locator('fieldset[data-error=required] legend').count(), 1, 'a role must be chosen');
	await lookTwice(page, 'staff');
	await page.locator('input[name=role][value=agent]').check();
	await signIn({ user: '' });
	assert.equal(await page.locator('input[name=user]').getAttribute('data-error'), 'wrong');
	await signIn({ user: 'anna' });
	await goOn();
	await at(page, 'desk-enrol');
});

for (const [role, behave] of [['none'], ['agent', 'signature'], ['agent', 'audience'], ['agent', 'expired']])
	test(`staff who are not let in: ${role}, ${behave ?? 'well'}`, async () => {
		await vouchForStaff('adam', role, behave);
		await goOn();
		assert.ok(!['desk-enrol', 'desk-code'].includes(await pageName(page)), await pageName(page));
		await look(page);
	});
