/* Thieves who claim an account: with only its password, its mailbox, its recovery codes or its phone; with two of these, when the owner objects; by guessing and
 * by asking around.  Each is noticed, none moves the account, and none keeps the owner out.  DESIGN.md section 3; ATTACKS F34. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lookTwice, openPage, openStory } from './browser.mjs';
import { claim, claimsAt, claimTo, decide, events, newcomer, newestAccount, show, toRelink } from './claims.mjs';
import { errorOf } from './http.mjs';
import { mailOf, otherCode, says, sentence } from './journey.mjs';
import { firstWalk, Walker } from './walker.mjs';

const day = 86400;
let house, browser, portal, page, people = 0;
before(async () => {
	const methods = ['totp', 'mail'];
	[house, browser] = await openStory({ mail: true, portals: { ptpha: { methods }, other: {} } });
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });

const somebody = () => `p${++people}`;
const ctl = (...args) => JSON.parse(house.ctl('--json', ...args));
/* With its number in the audit. */
const noted = async (walker) => Object.assign(await walker, { account: newestAccount(house) });
const mailbox = () => `${people + 1}@example.ca`;
const owners = (language, { address = mailbox(), ...more } = {}) => noted(firstWalk(house, somebody(), { portal, language, address, ...more }));
const thief = () => noted(newcomer(house, somebody(), { portal }));
const told = ({ address, language }, kind) => mailOf(house, address, kind, language);
const codes = (owner) => [owner.app.show(-1), owner.app.show(), owner.app.show(1), owner.app.show(2)];

/* The owner signs in as ever: nothing was moved, nothing has to be waited for. */
async function unharmed(owner) {
	const { status, frozen, methods } = ctl('account', 'show', owner.reference);
	assert.deepEqual([status, frozen], ['active', null]);
	for (const method of methods)
		assert.equal(method.failures_in_30_days, 0, `${owner.user}: ${method.method}`);
	await owner.signIn();
	if (owner.page === 'success')	/* where it says that a claim was stopped by this */
		await owner.press('continue');
	assert.equal(owner.at('portal').portal.last.claims.sub, owner.sub);
}

/* One thing each.  -> { owner, mails, proven } */
const things = {
	async password(owner, robber) {
		assert.equal(await claim(robber, { user: owner.user }), 'waiting-decision');
		return { credential: true, second_factor: null };
	},

	/* Every mail tells the reference; a code is sent there only once the password was shown. */
	async mailbox(owner, robber) {
		await show(robber, { reference: owner.reference });
		assert.equal(robber.data('part'), 'prove');
		assert.ok(!robber.text.includes('value="resend"') && !robber.text.includes('name="code"'), 'no code is offered');
		const before = (await house.mail.all(owner.address)).length, { form, url } = robber.form('review');
		for (const fields of [{ action: 'resend' }, { action: 'continue', code: '123456' }])
			await robber.go(url, { form: { ...form, ...fields } });
		assert.equal((await house.mail.all(owner.address)).length, before);
		await robber.press('review');
		await robber.press('confirm');
		return { credential: false, second_factor: null };
	},

	async sheet(owner, robber) {
		assert.equal(await claim(robber, { reference: owner.reference, recovery: owner.codes[3] }), 'waiting-decision');
		assert.match((await told(owner, 'mail-recovery-used')).text, sentence(owner.language, 'mail-recovery-used.lead-claim'));
		return { credential: false, second_factor: 'recovery' };
	},

	async phone(owner, robber) {
		assert.equal(await claim(robber, { reference: owner.reference, code: await owner.app.fresh() }), 'waiting-decision');
		return { credential: false, second_factor: 'totp' };
	},
};
const robbed = {};

for (const [name, steal] of Object.entries(things))
	test(`only the ${name}: the portal has to decide, the owner is told, and the history shows it`, async () => {
		const language = people % 4 ? 'en' : 'fr';
		const owner = await owners(language, name === 'mailbox' ? { mail: mailbox() } : {}), robber = await thief();
		await toRelink(robber);
		const proven = await steal(owner, robber);
		assert.equal(robber.data('claim'), 'waiting-decision');
		const found = await claimTo(owner);
		assert.deepEqual([found.state, found.proven], ['waiting-decision', proven]);
		assert.match((await told(owner, 'mail-claim-opened')).text, sentence(language, 'mail-claim.decision'));
		assert.equal(events(house, 'claim-opened', found.id).length, 2);
		for (const shown of Object.values(proven).filter(Boolean))
			assert.match(events(house, 'claim-proven', owner.account).map(({ what }) => what).join(), shown === true ? /proven: .*credential/ : /proven: /);
		robbed[name] = { owner, id: found.id };
	});

test('days later nothing has moved; the sign-in of each owner ends the claim', async () => {
	await house.later(2 * day);
	const all = await claimsAt(portal);
	for (const [name, { owner, id }] of Object.entries(robbed)) {
		assert.equal(all.find((one) => one.id === id).state, 'waiting-decision', name);
		await unharmed(owner);
		await told(owner, 'mail-claim-ended');
		assert.equal((await claimTo(owner)).why, 'cancelled-by-sign-in', name);
	}
	assert.equal(events(house, 'claim-completed').length, 0);
});

test('password and code sheet together: a claim by the owner, who has lost the phone, leaves both to the portal; the link ends the thief’s', async () => {
	const owner = await owners('fr'), robber = await thief();
	await toRelink(robber);
	assert.equal(await claim(robber, { user: owner.user, recovery: owner.codes[0] }), 'waiting-period');
	const mail = await told(owner, 'mail-claim-opened'), stolen = await claimTo(owner);
	const anew = await newcomer(house, somebody(), { portal, address: `${people}@new.example.ca` });
	await toRelink(anew);
	assert.equal(await claim(anew, { reference: owner.reference }), 'waiting-decision');
	const state = async () => (await claimsAt(portal)).find(({ id }) => id === stolen.id);
	assert.deepEqual([(await state()).state, (await state()).contested], ['waiting-decision', true]);
	await house.later(2 * day);
	assert.equal((await state()).state, 'waiting-decision', 'whatever was shown');
	const reader = new Walker(house, 'fr');
	await reader.go(house.mail.link(mail, /not-me/));
	await reader.press('confirm');
	assert.equal((await state()).why, 'cancelled-by-link');
	await told(owner, 'mail-claim-ended');
	await decide(owner, true);
	await house.later(day / 2);
	await house.later(day / 2);
	await anew.signIn();
	assert.equal(anew.at('portal').portal.last.claims.sub, owner.sub);
});

/* What an answer tells: all of it, but for what is random in every answer and what was typed. */
function all({ answer, text }, typed) {
	const { date, ...headers } = answer.headers;
	assert.ok(date);
	const cut = text.replaceAll(typed, 'TYPED').replace(/(name="csrf" value=")[^"]*/g, '$1');
	return JSON.stringify([answer.status, headers, cut]);
}

test('a name that leads nowhere gets one and the same answer, whatever it is; five names a day', async () => {
	const closed = await owners(), foreign = await noted(firstWalk(house, somebody(), { portal: house.portals.other })), owner = await owners();
	ctl('account', 'close', closed.reference);
	const robber = await thief();
	await toRelink(robber);
	const answers = [];
	for (const reference of ['VB-0000-0000', closed.reference, foreign.reference, robber.reference]) {
		await robber.press('continue', { support_reference: reference });
		assert.equal(errorOf(robber.text), 'wrong', reference);
		answers.push(all(robber, reference));
	}
	const own = robber.reference;
	assert.deepEqual(answers.slice(0, 3).map((one) => one.replaceAll(own, 'OWN')), Array(3).fill(answers[0].replaceAll(own, 'OWN')));
	assert.equal(answers[3].replaceAll('TYPED', 'OWN'), answers[0].replaceAll(own, 'OWN').replaceAll('TYPED', 'OWN'));
	assert.equal(events(house, 'claim-name-refused', robber.account).length, 4);
	for (const one of [closed, foreign])
		assert.equal(events(house, 'claim-name-refused', one.account).length, 0, 'who is asked for learns nothing, as nothing was learnt');

	await robber.press('continue', { support_reference: owner.reference });
	assert.equal(robber.data('part'), 'prove', 'the fifth is right');
	await robber.press('forget');
	for (const reference of [owner.reference, 'VB-0000-0000']) {
		const limited = await robber.press('continue', { support_reference: reference });
		assert.deepEqual([limited.status, errorOf(limited.text)], [429, 'locked']);
		assert.ok(Number(limited.headers['retry-after']) > day / 2);
	}
	page = await openPage(browser);
	await robber.into(page);
	await page.locator('[name=support_reference]').fill(owner.reference);
	const again = async () => {
		await page.locator('[name=support_reference]').fill(owner.reference);
		await page.locator('form', { has: page.locator('[name=support_reference]') }).locator('button').click();
		await page.locator('[data-error=locked]').waitFor();
	};
	await again();
	await lookTwice(page, 'name-locked', again);
	await page.context().close();
	house.clock.forward(day);
	await toRelink(robber);
	await show(robber, { reference: owner.reference });
	assert.equal(robber.data('part'), 'prove');
	await unharmed(owner);
});

test('guessing: five codes a draft, ten an account; the owner has nothing of it, but the history', async () => {
	const owner = await owners();
	const guess = (robber) => robber.press('continue', { code: otherCode(...codes(owner)) });
	const robber = await thief();
	await toRelink(robber);
	await show(robber, { reference: owner.reference });
	for (let i = 0; i < 5; i++)
		assert.deepEqual([(await guess(robber)).status, errorOf(robber.text)], [422, 'wrong']);
	assert.match(robber.text, sentence('en', 'field.code-claim.disabled'));
	assert.ok(!/name="(code|recovery_code)"/.test(robber.text), 'no more is asked for');
	page = await openPage(browser);
	await robber.into(page);
	await says(page, 'relink.exhausted');
	await lookTwice(page, 'prove-exhausted');
	await page.context().close();
	/* Who posts all the same, even what is right, is told nothing of it. */
	const { form, url } = robber.form('review');
	for (const fields of [{ code: await owner.app.fresh() }, { recovery_code: owner.codes[0] }]) {
		await robber.go(url, { form: { ...form, ...fields, action: 'continue' } });
		assert.equal(errorOf(robber.text), 'exhausted');
		assert.equal(robber.data('factor'), '');
	}
	await robber.go(robber.url);

	const second = await thief();	/* another account, and another draft */
	await toRelink(second);
	await show(second, { reference: owner.reference });
	for (let i = 0; i < 5; i++)
		assert.equal((await guess(second)).status, 422);
	const third = await thief();
	await toRelink(third);
	await show(third, { reference: owner.reference });
	assert.ok(!/name="(code|recovery_code)"/.test(third.text), 'the account’s ten are used up, whoever asks');
	assert.equal(events(house, 'claim-proof-refused', owner.account).length, 10);
	await unharmed(owner);
});

test('five claims in thirty days, whatever became of them', async () => {
	const owner = await owners(), robber = await thief();
	for (let i = 0; i < 5; i++) {
		await toRelink(robber);
		await claim(robber, { user: owner.user });
		await told(owner, 'mail-claim-opened');
		await robber.press('cancel');
		await told(owner, 'mail-claim-ended');
	}
	await toRelink(robber);
	await show(robber, { user: owner.user });
	await robber.press('review');
	const limited = await robber.press('confirm');
	assert.deepEqual([limited.status, errorOf(limited.text)], [429, 'locked']);
	page = await openPage(browser);
	await robber.into(page);
	const again = async () => {
		await page.locator('button[value=confirm]').click();
		await page.locator('[data-error=locked]').waitFor();
	};
	await again();
	await lookTwice(page, 'review-locked', again);
	await page.context().close();
	assert.equal((await claimsAt(portal)).filter(({ claimed }) => claimed.support_reference === owner.reference).length, 5);
	await unharmed(owner);
});
