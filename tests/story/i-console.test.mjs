/* The screen of a caller's account: what an agent sees before and after a caller code, what each role may do, and what the person is told.
 * ATTACKS: F26 F36; DESIGN.md section 5. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { act, Caller, giveCode, staffAt, state, takeCall } from './caller.mjs';
import { at, formError, look, lookTwice, openStory, postFrom } from './browser.mjs';
import { signInStaff } from './desk.mjs';
import { enterCode, press } from './journey.mjs';
import { until } from './house.mjs';

const address = 'marie@example.ca';
let house, browser, marie, anna, sam;
before(async () => {
	[house, browser] = await openStory({ desk: true, mail: { rows: { reports_to: 'desk@example.ca' } }, portals: { ptpha: { methods: ['totp', 'mail'] } } });
	marie = await Caller.open(browser, house, 'marie', { address });
	anna = await staffAt(browser, house, 'anna');
});
after(async () => { await browser?.close(); await house?.stop(); });

const done = (page) => page.locator('.notice.success').innerText();
const refused = (page) => page.locator('.notice[data-error]').getAttribute('data-error');
const csrfOf = (page) => page.locator('main input[name=csrf]').first().inputValue();

test('without a caller code: status, locks and waits, and nothing else', async () => {
	const { page } = anna;
	await takeCall(page, house, marie.reference);
	await at(page, 'desk-account');
	assert.equal(await state(page), 'fine');
	const said = await page.locator('main').innerText();
	assert.ok(!/•|Portal ptpha|GCKey/.test(said), 'no address, portal or provider');
	assert.equal(await page.locator('#timeline, #mails, #details, form.powers').count(), 0);
	assert.equal(await page.locator('.say[lang=en]').count(), await page.locator('.say[lang=fr]').count());
	assert.equal(await page.locator('[data-support-reference]').count(), 0);
	await lookTwice(page, 'unverified');
	for (const action of ['clear-wait', 'end-sessions', 'resend-mail', 'start-reset', 'stop-reset', 'stop-claim']) {
		await takeCall(page, house, marie.reference);
		await postFrom(page, page.url(), { csrf: await csrfOf(page), action, reason: 'caller-asked' });
		assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'desk-unverified', action);
	}
});

test('a caller code of a page shows the account; its codes, names and ids stay hidden', async () => {
	const { page } = anna;
	await takeCall(page, house, marie.reference);
	await giveCode(page, '12345');
	assert.equal(await formError(page), 'malformed');
	await look(page, 'code-malformed');
	await giveCode(page, '000000');
	assert.equal(await formError(page), 'wrong');
	const code = await marie.pageCode();
	await giveCode(page, code);
	await at(page, 'desk-account');
	assert.match(await done(page), /caller is verified/);
	const text = await page.content();
	assert.match(text, /m•••@e•••\.ca/);
	assert.ok(!text.includes(address) && !text.includes(code), 'no whole address, no code');
	assert.match(await page.locator('#mails ~ ul, #mails + ul').innerText(), /one-time code/i);
	assert.ok(await page.locator('.log time').count() > 5, 'a timeline');
	await lookTwice(page, 'verified');
	const keys = await page.locator('[accesskey]').evaluateAll((all) => all.map((one) => one.accessKey));
	assert.equal(new Set(keys).size, keys.length, 'each key once');
	await takeCall(page, house, marie.reference, code);
	assert.equal(await formError(page), 'used', 'a code verifies once');
});

/* To a wait of five minutes, which is longer than what follows takes. */
async function toLongWait(person) {
	await person.toCode();
	for (let i = 0; i < 6; i++)
		await enterCode(person.page, '000000');
	assert.equal(await formError(person.page), 'locked');
	for (const seconds of [31, 61, 121]) {
		house.clock.forward(seconds);
		await enterCode(person.page, '000000');
	}
}

test('a wait: told in words first, ended with a reason, and the person hears of it', async () => {
	const { page } = anna;
	house.clock.forward(300);
	await toLongWait(marie);
	await takeCall(page, house, marie.reference);
	assert.equal(await state(page), 'wait');
	assert.match(await page.locator('h1').innerText(), /^Locked for \d+ minutes?: authenticator app, \d wrong codes$/);
	await lookTwice(page, 'wait');
	await giveCode(page, await marie.pageCode(0));
	await page.locator('button[value=clear-wait]').click();
	assert.equal(await formError(page), 'required');
	await look(page, 'reason-required');
	await act(page, 'clear-wait', { ticket: 'a b; c' });
	assert.equal(await formError(page), 'malformed');
	await act(page, 'clear-wait', { reason: 'locked-out', ticket: 'INC-4711' });
	assert.match(await done(page), /wait is over/);
	assert.equal(await state(page), 'fine');
	await marie.notice('mail-desk-cleared');
	await enterCode(marie.page, await marie.app.fresh());
	await at(marie.page, 'portal');
	const told = house.ctl('audit', 'tail', '50');
	assert.match(told, /desk-acted.*end the waits.*cannot get in.*INC-4711/);
});

test('sessions are ended everywhere', async () => {
	const { page } = anna;
	await marie.signIn();
	const other = marie.page;
	marie.page = undefined;
	await takeCall(page, house, marie.reference);
	await giveCode(page, await marie.pageCode());
	await act(page, 'end-sessions', { reason: 'suspicion' });
	assert.match(await done(page), /All sessions are ended/);
	await marie.notice('mail-desk-sessions-ended');
	await other.goto(`${house.issuer}/manage?portal=ptpha`);
	await at(other, 'choose-provider');
	await other.context().close();
});

test('a caller code by mail: three an hour, to the address of the account only', async () => {
	const { page } = anna;
	await takeCall(page, house, marie.reference);
	for (let i = 0; i < 3; i++) {
		await press(page, 'send-caller-code');
		assert.match(await done(page), /on its way/);
	}
	await press(page, 'send-caller-code');
	assert.equal(await refused(page), 'limited');
	await look(page, 'code-limited');
	await giveCode(page, await marie.mailCode());
	assert.match(await done(page), /verified/);
	assert.equal(await page.locator('button[value=start-reset]').count(), 0, 'the mailbox alone asks for no reset');
});

test('a caller without an address gets no code', async () => {
	const louis = await Caller.open(browser, house, 'louis', {});
	const { page } = anna;
	await takeCall(page, house, louis.reference, await louis.pageCode());
	await press(page, 'send-caller-code');
	assert.equal(await refused(page), 'no-address');
	await look(page, 'no-address');
	await louis.page.context().close();
});

test('a frozen account: only a supervisor allows changes again', async () => {
	const link = /https?:\/\/\S+\/not-me\?t=\S+/.exec((await marie.notice('mail-address-changed')).text)[0];
	await marie.fresh();
	await marie.page.goto(link);
	await press(marie.page, 'confirm');
	await takeCall(anna.page, house, marie.reference, await marie.pageCode());
	assert.equal(await state(anna.page), 'frozen');
	assert.equal(await anna.page.locator('button[value=unfreeze]').count(), 0);
	assert.match(await anna.page.locator('#mails + ul').innerText(), /A report to the help desk: “this was not me”\n/);
	await lookTwice(anna.page, 'frozen');
	await postFrom(anna.page, anna.page.url(), { csrf: await csrfOf(anna.page), action: 'unfreeze', reason: 'account-checked' });
	assert.equal(await anna.page.locator('[data-reason]').getAttribute('data-reason'), 'desk-power');
	sam = await staffAt(browser, house, 'sam', 'fr-CA');
	await takeCall(sam.page, house, marie.reference, await marie.pageCode());
	assert.match(await sam.page.locator('h1').innerText(), /bloquées/);
	await act(sam.page, 'unfreeze', { reason: 'account-checked' });
	assert.equal(await state(sam.page), 'fine');
	await marie.notice('mail-desk-unfrozen');
});

test('a viewer sees and does nothing; what the role lacks is refused', async () => {
	const { page } = await staffAt(browser, house, 'vera');
	await takeCall(page, house, marie.reference, await marie.pageCode());
	assert.equal(await page.locator('form.powers').count(), 0);
	assert.ok(await page.locator('.log time').count() > 5);
	await lookTwice(page, 'viewer');
	await postFrom(page, page.url(), { csrf: await csrfOf(page), action: 'end-sessions', reason: 'caller-asked' });
	assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'desk-power');
	for (const path of ['/resets', '/audit']) {
		await page.goto(house.desk + path);
		assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'desk-power');
	}
});

test('a closed account: nobody is asked for a code that no page shows', async () => {
	const closed = await Caller.open(browser, house, 'dana', {}), { page } = anna;
	await closed.page.context().close();
	await takeCall(page, house, closed.reference);
	assert.equal(await page.locator('.say[lang=en]').count(), 3, 'its state, how to be verified, what nobody asks for');
	house.ctl('account', 'close', closed.reference);
	await takeCall(page, house, closed.reference);
	assert.equal(await state(page), 'closed');
	assert.equal(await page.locator('.say[lang=en]').count(), 2);
	await lookTwice(page, 'closed');
});

/* Staff whose session has ended with the time. */
async function back(staff) {
	await staff.page.context().clearCookies();
	await signInStaff(staff.page, house, staff.user, staff.app);
}

async function verified(staff, person) {
	await back(staff);
	await takeCall(staff.page, house, person.reference, await person.pageCode());
}

for (const locale of ['en-CA', 'fr-CA'])
	test(`${locale}: news that never came is told of again, once`, async () => {
		const user = locale === 'en-CA' ? 'p1' : 'p2', person = await Caller.open(browser, house, user, { address: `${user}@example.ca`, locale });
		await verified(anna, person);
		await house.mail.stop();
		await act(anna.page, 'end-sessions', { reason: 'suspicion' });
		await house.later(4 * 24 * 3600);
		await until('the mail to be given up', () => JSON.parse(house.ctl('--json', 'account', 'show', person.reference)).mails.some(({ state: how }) => how === 'failed'));
		await house.mail.start();
		await verified(anna, person);
		await act(anna.page, 'resend-mail', { reason: 'mail-missing' });
		await person.notice('mail-desk-again');
		await person.page.context().close();
	});

test('in French: what the help desk did is told in the language of the person', async () => {
	const person = await Caller.open(browser, house, 'p3', { address: 'p3@example.ca', locale: 'fr-CA' }), { page } = anna;
	await back(anna);
	await toLongWait(person);
	await takeCall(page, house, person.reference, await person.pageCode(0));
	await act(page, 'clear-wait', { reason: 'locked-out' });
	await person.notice('mail-desk-cleared');
	await act(page, 'end-sessions', { reason: 'suspicion' });
	await person.notice('mail-desk-sessions-ended');
	await person.fresh();
	await person.page.goto(/https?:\/\/\S+\/not-me\?t=\S+/.exec((await person.notice('mail-address-changed')).text)[0]);
	await press(person.page, 'confirm');
	await verified(sam, person);
	await act(sam.page, 'unfreeze', { reason: 'account-checked' });
	await person.notice('mail-desk-unfrozen');
});
