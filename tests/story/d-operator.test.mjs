/* The operator beside the running daemon: vestibulectl finds an account by its support reference, ends its sessions, reads the audit,
 * rotates a key; and a portal that is not open lets nobody new in.
 * DESIGN 6.1; ATTACKS A02 (no account without admission). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formError, lookTwice, openPage, openStory } from './browser.mjs';
import { until } from './house.mjs';
import { ask } from './http.mjs';
import { at, chooseProvider, enterCode, firstVisit, press, proveCredential, startOf } from './journey.mjs';

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
	assert.equal(ctl('config', 'check').warnings.length, 2);	/* closed, and without a mail server */
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
	await stranger.locator('input[name=invitation]').fill('ABCD-EFGH-JKMN');
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
