/* A supervised reset: two codes of the caller, two members of staff, a waiting period, and what stops it.  ATTACKS: F34 F36, ASVS 2.3.5 6.4.3 6.4.6. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { act, Caller, giveCode, staffAt, state, takeCall } from './caller.mjs';
import { at, look, lookTwice, openStory, pageName, postFrom, readQr } from './browser.mjs';
import { signInStaff } from './desk.mjs';
import { Authenticator, chooseProvider, enterCode, keepCodes, mailedCode, press, proveCredential, recoveryCodes, sentence } from './journey.mjs';

const day = 24 * 3600;
let house, browser, anna, adam, people = 0;
before(async () => {
	[house, browser] = await openStory({ desk: true, mail: true, portals: { ptpha: { methods: ['totp', 'mail'] } } });
	anna = await staffAt(browser, house, 'anna');
	adam = await staffAt(browser, house, 'adam', 'fr-CA');
});
after(async () => { await browser?.close(); await house?.stop(); });

/* The sessions of staff end while the clock is moved: each begins anew. */
async function back(staff) {
	await staff.page.context().clearCookies();
	await signInStaff(staff.page, house, staff.user, staff.app);
}
beforeEach(async () => { await back(anna); await back(adam); });

const done = (page) => page.locator('.notice.success').innerText();
const refused = (page) => page.locator('.notice[data-error]').getAttribute('data-error');

/* Somebody new, whose reset has been asked for by anna. */
async function asked(locale = 'en-CA') {
	const user = `p${++people}`;
	const person = await Caller.open(browser, house, user, { address: `${user}@example.ca`, locale });
	const { page } = anna;
	await takeCall(page, house, person.reference, await person.pageCode());
	await press(page, 'send-caller-code');
	await giveCode(page, await person.mailCode());
	const keys = await page.locator('[accesskey]').evaluateAll((all) => all.map((one) => one.accessKey));
	assert.equal(new Set(keys).size, keys.length, 'each key once');
	await act(page, 'start-reset', { reason: 'factor-lost', ticket: 'INC-42' });
	assert.match(await done(page), /must approve/);
	return person;
}

const rowOf = (page, person) => page.locator('section.reset', { has: page.locator('h2', { hasText: person.reference }) });

async function approve(person) {
	await adam.page.goto(`${house.desk}/resets`);
	await rowOf(adam.page, person).locator('button[value=approve]').click();
	await adam.page.waitForURL(/done=/);
}

/* What there was still opens the account; nothing more comes of the reset. */
async function nothingChanged(person) {
	await house.later(8 * day);
	await person.signIn();
}

for (const locale of ['en-CA', 'fr-CA']) {
	test(`to the end, in ${locale}: the person signs in with a code by mail and sets up an app anew`, async () => {
		const person = await asked(locale);
		await person.notice('mail-reset-asked');
		assert.equal(await state(anna.page), 'reset-asked');
		if (locale === 'en-CA')
			await lookTwice(anna.page, 'reset-asked');
		await anna.page.goto(`${house.desk}/resets`);
		assert.equal(await rowOf(anna.page, person).locator('button[value=approve]').count(), 0, 'nobody approves what they asked for');
		const csrf = await anna.page.locator('input[name=csrf]').first().inputValue();
		await postFrom(anna.page, `${house.desk}/resets`, { csrf, action: 'approve', reference: person.reference });
		assert.equal(await refused(anna.page), 'same');
		await look(anna.page, 'same');
		await adam.page.goto(`${house.desk}/resets`);
		if (locale === 'en-CA')
			await lookTwice(adam.page, 'open');
		await approve(person);
		await person.notice('mail-reset-approved');
		await person.toCode();
		const waiting = person.page;
		await takeCall(anna.page, house, person.reference);
		assert.equal(await state(anna.page), 'reset-waiting');
		await house.later(day + 60);
		await person.notice('mail-reset-done');

		await enterCode(waiting, await person.app.fresh());	/* at the same moment: the app does not open it any more */
		assert.notEqual(await pageName(waiting), 'portal');
		await person.fresh();
		await person.start();
		await signInAnew(person);
	});
}

async function signInAnew(person) {
	await chooseProvider(person.page);
	await proveCredential(person.page, person.user);
	await at(person.page, 'second-factor');
	await enterCode(person.page, await mailedCode(house, person.address, person.language));
	await at(person.page, 'enrol');
	assert.match(await person.page.locator('main').innerText(), sentence(person.language, 'enrol.lead-anew'));
	await look(person.page, 'anew');
	await person.page.locator('input[name=method][value=totp]').check();
	await press(person.page, 'continue');
	person.app = await scanHere(person.page);
	await enterCode(person.page, await person.app.fresh());
	const codes = await recoveryCodes(person.page);
	assert.ok(codes.every((code) => !person.codes.includes(code)), 'new recovery codes');
	await keepCodes(person.page);
	if (/notice-address/.test(person.page.url()))
		await press(person.page, 'cancel');
	await at(person.page, 'portal');
	house.clock.forward(60);
	await person.signIn();
}

async function scanHere(page) {
	await at(page, 'enrol-totp');
	return new Authenticator(await readQr(page), house.clock);
}

test('the link in a notice stops it, and nothing else', async () => {
	const person = await asked();
	await approve(person);
	const link = /https?:\/\/\S+\/not-me\?t=\S+/.exec((await person.notice('mail-reset-approved')).text)[0];
	await person.fresh();
	await person.page.goto(link);
	await lookTwice(person.page, 'reset');
	await press(person.page, 'confirm');
	await look(person.page, 'reset-done');
	await person.notice('mail-reset-stopped');
	await takeCall(anna.page, house, person.reference);
	assert.equal(await state(anna.page), 'fine', 'the account is not frozen');
	await nothingChanged(person);
});

test('a sign-in with the second factor stops it', async () => {
	const person = await asked();
	await approve(person);
	await person.signIn();
	assert.match((await person.notice('mail-reset-stopped')).text, sentence('en', 'mail-reset-stopped.stopped-by-sign-in'));
	await nothingChanged(person);
});

test('staff stop it', async () => {
	const person = await asked('fr-CA');
	await act(anna.page, 'stop-reset', { reason: 'mistake' });
	assert.match(await done(anna.page), /reset is stopped/);
	await person.notice('mail-reset-stopped');
	await adam.page.goto(`${house.desk}/resets`);
	assert.equal(await rowOf(adam.page, person).count(), 0);
	await nothingChanged(person);
});

test('it lapses when nobody approves it', async () => {
	const person = await asked();
	await house.later(7 * day + 60);
	assert.match((await person.notice('mail-reset-stopped')).text, sentence('en', 'mail-reset-stopped.not-approved'));
	await back(adam);
	await adam.page.goto(`${house.desk}/resets`);
	await look(adam.page, 'none');
	await person.signIn();
});

test('thieves: the password alone, the mailbox alone, an agent’s session alone', async () => {
	const person = await Caller.open(browser, house, `p${++people}`, { address: `p${people}@example.ca` });
	const { page } = anna;
	/* the password: a code of a page */
	await takeCall(page, house, person.reference, await person.pageCode());
	const csrf = () => page.locator('input[name=csrf]').first().inputValue();
	await postFrom(page, page.url(), { csrf: await csrf(), action: 'start-reset', reason: 'factor-lost' });
	assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'desk-unverified');
	/* the mailbox: a code by mail */
	await takeCall(page, house, person.reference);
	await press(page, 'send-caller-code');
	await giveCode(page, await person.mailCode());
	await postFrom(page, page.url(), { csrf: await csrf(), action: 'start-reset', reason: 'factor-lost' });
	assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'desk-unverified');
	/* an agent's session: nothing but the state of an account whose reference is known, and both tries stand in the audit */
	await takeCall(page, house, person.reference);
	await postFrom(page, page.url(), { csrf: await csrf(), action: 'end-sessions', reason: 'suspicion' });
	assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'desk-unverified');
	assert.match(house.ctl('audit', 'tail', '50'), /desk-looked/);
});

test('auditors read what staff did, and see no account', async () => {
	const olga = await staffAt(browser, house, 'olga');
	await at(olga.page, 'desk-audit');
	await lookTwice(olga.page, 'all');
	const text = await olga.page.locator('main').innerText();
	assert.match(text, /acted for the help desk|looked the account up/);
	const code = /S-[0-9A-Z]{6}/.exec(text)[0];
	await olga.page.locator('input[name=staff]').fill(code);
	await olga.page.locator('main form button').click();
	await olga.page.waitForURL(/staff=/);
	for (const one of await olga.page.locator('.log li').allInnerTexts())
		assert.ok(one.includes(code));
	await olga.page.goto(`${house.desk}/audit?staff=S-000000`);
	assert.equal(await olga.page.locator('.log li').count(), 0);
	await olga.page.goto(`${house.desk}/audit?day=2020-01-01`);
	assert.equal(await olga.page.locator('.log li').count(), 0);
	await olga.page.goto(`${house.desk}/account?c=${'0'.repeat(32)}`);
	assert.equal(await olga.page.locator('[data-reason]').getAttribute('data-reason'), 'desk-power');
	assert.match(house.ctl('audit', 'tail', '20'), /desk-audited/);
});
