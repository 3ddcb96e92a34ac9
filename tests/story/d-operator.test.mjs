/* The operator beside the running daemon: vestibulectl finds an account by its support reference, ends its sessions, reads the audit,
 * rotates a key, puts a mail server in force and sees how mails fare; and a portal that is not open lets nobody new in.
 * DESIGN 6.1; ATTACKS A02 (no account without admission). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formError, lookTwice, openPage, openStory } from './browser.mjs';
import { until } from './house.mjs';
import { ask } from './http.mjs';
import { at, chooseMail, chooseProvider, enterCode, firstVisit, giveAddress, keepCodes, press, proveCredential, startOf, toEnrol, toSecondFactor } from './journey.mjs';
import { codeIn, HostileSmtp } from './smtp.mjs';

let house, browser, page, app, reference;
const ctl = (...args) => JSON.parse(house.ctl('--json', ...args));
before(async () => {
	[house, browser] = await openStory({ portals: { ptpha: {}, closed: { admission: 'invitation' } } });
	page = await openPage(browser);
	({ app } = await firstVisit(page, house));
});
after(async () => { await browser?.close(); await house?.stop(); });

test('the support reference that the person reads finds the account, and no secret', async () => {
	const other = await openPage(browser);
	await other.goto(startOf(house.portals.ptpha));
	await chooseProvider(other);
	await proveCredential(other);
	await at(other, 'second-factor');
	reference = await other.locator('[data-support-reference]').first().getAttribute('data-support-reference');
	assert.match(reference, /^VB-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
	await enterCode(other, '000000');
	assert.equal(await formError(other), 'wrong');
	const account = ctl('account', 'show', reference.toLowerCase());
	assert.equal(account.support_reference, reference);
	assert.equal(account.portal, 'ptpha');
	assert.equal(account.status, 'active');
	assert.equal(account.second_factor, 'totp');
	assert.equal(account.recovery_codes_left, 10);
	assert.equal(account.methods.find(({ method }) => method === 'totp').failures_in_a_row, 1);
	assert.ok(!JSON.stringify(account).includes(app.params.secret));
	assert.match(house.ctl('account', 'show', reference), new RegExp(`support reference +${reference}`));
	await other.context().close();
});

test('ending the sessions of an account ends them: the next request asks for everything again', async () => {
	await page.goto(startOf(house.portals.ptpha));
	await at(page, 'portal');
	assert.ok(ctl('session', 'end', reference).sessions_ended >= 1);
	await page.goto(startOf(house.portals.ptpha));
	await at(page, 'choose-provider');
	assert.equal(ctl('session', 'end', reference).sessions_ended, 0);
});

test('the audit tells what happened, in order, without a name', () => {
	const events = ctl('audit', 'tail', '100');
	const names = events.map(({ event }) => event);
	for (const name of ['credential-accepted', 'account-created', 'factor-enrolled', 'recovery-codes-made', 'recovery-codes-confirmed', 'signin-finished', 'factor-failed', 'session-ended'])
		assert.ok(names.includes(name), `${name} in ${names.join(' ')}`);
	assert.deepEqual(events.map(({ sequence }) => sequence), events.map((_, i) => events[0].sequence + i));
	assert.ok(!/marie|127\.0\.0\.1/.test(JSON.stringify(events)));
	assert.equal(ctl('audit', 'tail', '1').length, 1);
});

test('store stat counts, keys list and portal list agree with the configuration, the doctor is content', () => {
	const { tables } = ctl('store', 'stat');
	assert.equal(tables.find(({ table }) => table === 'account').records, 1);
	assert.deepEqual(ctl('portal', 'list').map(({ id }) => id), ['ptpha', 'closed']);
	assert.ok(ctl('keys', 'list').some(({ kind, in_use }) => kind === 'store' && in_use));
	assert.deepEqual(ctl('doctor').filter(({ result }) => result !== 'well'), []);
	assert.match(ctl('metadata', 'show').metadata, /EntityDescriptor/);
	assert.equal(ctl('config', 'check').warnings.length, 1);	/* without a mail server */
});

test('a rotated token key is in force after SIGHUP, and stands in the audit', async () => {
	const count = async () => JSON.parse((await ask(`${house.issuer}/jwks.json`)).text).keys.length;
	const before = await count();
	assert.equal(ctl('keys', 'rotate', 'tokens').in_audit, true);
	house.daemon.child.kill('SIGHUP');
	await until('the new key', async () => await count() > before);
	assert.equal(ctl('audit', 'tail', '1')[0].event, 'keys-rotated');
});

test('a portal that asks for an invitation lets nobody new in', async () => {
	const stranger = await openPage(browser);
	await stranger.goto(startOf(house.portals.closed));
	await chooseProvider(stranger);
	await proveCredential(stranger, 'louis');
	await at(stranger, 'admission');
	await stranger.locator('input[name=invitation]').fill('0000-0000-0000-0000');
	await press(stranger, 'continue');
	await at(stranger, 'admission');
	assert.equal(await formError(stranger), 'wrong');
	for (const path of ['/enrol', '/enrol/app', '/recovery-codes', '/continue', '/second-factor']) {
		await stranger.goto(`${house.issuer}${path}${new URL(stranger.url()).search}`);
		await at(stranger, 'admission');
	}
	assert.equal(ctl('store', 'stat').tables.find(({ table }) => table === 'account').records, 1);
	await lookTwice(stranger);
	await press(stranger, 'sign-out');
	await at(stranger, 'signed-out');
	await lookTwice(stranger);
	await stranger.context().close();
});

test('a mail server put in force; the doctor tells of mails that wait and of mails that were given up, account show of each', async () => {
	const checks = () => {
		try {
			return ctl('doctor');
		} catch (error) {
			assert.equal(error.status, 74);
			return JSON.parse(error.stdout);
		}
	};
	const wrong = () => checks().filter(({ result }) => result !== 'well');
	const address = 'person.of.the.desk@example.ca', person = await openPage(browser);
	house.mail = await HostileSmtp.open();
	house.config.mail = house.mail.section();
	house.rewrite();
	house.daemon.child.kill('SIGHUP');
	await until('the reload', () => house.daemon.said.includes('Reloaded'));
	const empty = async () => /^vestibule_mails_waiting 0$/m.test(await house.metrics());
	await toEnrol(person, house.portals.ptpha, { user: 'dana' });
	await chooseMail(person);
	await giveAddress(person, address);
	await at(person, 'enrol-mail-code');
	await until('the code', () => house.mail.messages.length === 1);
	await enterCode(person, await codeIn(house.mail.messages[0]));
	await keepCodes(person);
	await at(person, 'portal');
	await until('the notice', empty);
	assert.deepEqual(wrong(), []);

	house.mail.script = { MAIL: '451 4.3.0 later' };
	await person.context().clearCookies();
	await toSecondFactor(person, house.portals.ptpha, { user: 'dana' });
	const theirs = await person.locator('[data-support-reference]').first().getAttribute('data-support-reference');
	const account = () => ctl('account', 'show', theirs);
	await until('a try', () => account().mails[0].outcome === '451');
	assert.deepEqual(wrong(), [], 'a mail may wait for a while');
	assert.deepEqual([account().second_factor, account().frozen, account().mails[0].state, account().mails[0].to], ['mail', null, 'waiting', 'p•••@e•••.ca']);
	for (let i = 0; i < 5; i++)
		await enterCode(person, '000000');
	const waits = account().methods.find(({ method }) => method === 'mail');
	assert.match(waits.state, /^waits until /);
	house.clock.forward(590);
	await until('the code to be given up', () => account().mails.some(({ mail, state }) => mail === 'mail-code' && state === 'failed'));
	house.clock.forward(30);
	const ill = wrong();
	assert.deepEqual(ill.map(({ check }) => check), ['no mail has waited for more than 10 minutes', 'mails of the last 24 hours arrived']);
	assert.match(ill[0].remedy, /^1 wait: look for "Mail not sent" in the log/);
	assert.match(ill[1].remedy, /^1 were given up and 0 refused: look for "Mail given up" in the log/);
	assert.match(house.daemon.said, /"Mail given up".* outcome=451/);
	const text = house.ctl('account', 'show', theirs);
	assert.match(text, /second factor +mail\n/);
	assert.match(text, /mail-factor-locked +p•••@e•••\.ca .* waiting +\d +451/);
	assert.ok(!text.includes(address));
	house.mail.script = {};
	house.clock.forward(3601);
	await until('the notice', empty);
	assert.deepEqual(wrong().map(({ check }) => check), ['mails of the last 24 hours arrived']);
	await person.context().close();
});
