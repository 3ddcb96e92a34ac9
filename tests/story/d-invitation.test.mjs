/* Invitations: an employee of a public-health agency is invited, comes with the GCKey that opens the employer portal, registers another one in
 * the same journey and is let in; and every code that lets nobody in.  In both languages.
 * ATTACKS: A02 A03 S113, DESIGN.md section 3. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { formError, look, lookTwice, openPage, openStory } from './browser.mjs';
import { at, chooseProvider, enterCode, firstVisit, keepCodes, laterVisit, press, proveCredential, says, scan, startOf } from './journey.mjs';

let house, browser, agency, page, people = 0;
const ctl = (...args) => JSON.parse(house.ctl('--json', ...args));
const invite = (...args) => ctl('invitation', 'create', ...args);
const stateOf = (id) => ctl('invitation', 'list', 'agency').find((one) => one.id === id)?.state;
const accounts = () => ctl('store', 'stat').tables.find(({ table }) => table === 'account').records;
before(async () => {
	[house, browser] = await openStory({ portals: { employer: {}, agency: { admission: 'invitation' }, bureau: { admission: 'invitation' } } });
	({ agency } = house.portals);
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(() => { agency.visits.length = 0; });

const somebody = () => `p${++people}`;

async function open(language) {
	await page?.context().close();
	page = await openPage(browser, { locale: `${language}-CA` });
}

async function signIn(on, user) {
	await chooseProvider(on);
	await proveCredential(on, user);
}

async function toAdmission(on, user = somebody(), params = {}) {
	await on.goto(startOf(agency, params));
	await signIn(on, user);
	await at(on, 'admission');
}

async function give(on, code) {
	await on.locator('input[name=invitation]').fill(code);
	return press(on, 'continue');
}

async function enrol(on) {
	const app = await scan(on, house.clock);
	await enterCode(on, await app.fresh());
	return app;
}

for (const language of ['en', 'fr']) {
	test(`${language}: invited, with the GCKey of another portal; registers another one, and is let in`, async () => {
		const employed = somebody(), fresh = somebody();
		await open(language);
		await firstVisit(page, house, { portal: house.portals.employer, user: employed });
		const before = accounts(), { code, id } = invite('agency', '14d', 'dossier 47');
		assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
		await open(language);
		await page.goto(startOf(agency, { invitation: code }));
		await signIn(page, employed);
		await at(page, 'credential-in-use');
		await says(page, 'credential-in-use.invitation-kept');
		assert.doesNotMatch(await page.locator('main').innerText(), /employer/i);
		await lookTwice(page, 'invited');
		await press(page, 'sign-out');
		await signIn(page, fresh);
		await at(page, 'admission');
		assert.equal(await page.locator('input[name=invitation]').inputValue(), code, 'the code has come along');
		await lookTwice(page, 'filled');
		assert.equal(stateOf(id), 'open', 'looking uses nothing up');
		assert.equal(accounts(), before);
		await press(page, 'continue');
		const app = await enrol(page);
		await keepCodes(page);
		await at(page, 'portal');
		assert.equal(agency.last.error, undefined);
		assert.equal(accounts(), before + 1);
		assert.equal(stateOf(id), 'used');
		/* The other GCKey opens the employer portal as before; here nobody is asked for an invitation again. */
		const { claims } = agency.last;
		await open(language);
		assert.equal((await laterVisit(page, agency, app, { user: fresh })).claims.sub, claims.sub);
		await page.goto(startOf(house.portals.employer));
		await signIn(page, employed);
		await at(page, 'second-factor');
	});

	test(`${language}: codes that let nobody in, each with its sentence`, async () => {
		const used = invite('agency'), revoked = invite('agency'), expired = invite('agency', '1h'), foreign = invite('bureau');
		await open(language);
		await toAdmission(page);
		await give(page, used.code);
		await enrol(page);
		ctl('invitation', 'revoke', 'agency', revoked.id);
		house.clock.forward(3601);
		await open(language);
		const before = accounts();
		await toAdmission(page);
		await lookTwice(page);
		for (const [code, name, words = 'invitation'] of [['', 'required'], ['7K2M-9XQA', 'malformed'], ['UUUU-UUUU-UUUU-UUUU', 'malformed'], ['0000-0000-0000-0000', 'wrong'],
			[foreign.code, 'wrong', 'invitation-foreign'], [used.code, 'used'], [expired.code, 'expired'], [revoked.code, 'expired', 'invitation-revoked']]) {
			const answer = await give(page, code);
			assert.equal(answer.status(), 422, code);
			await at(page, 'admission');
			assert.equal(await formError(page), name, code);
			await says(page, `field.${words}.${name}`);
			assert.equal(await page.locator('input[name=invitation]').inputValue(), code, 'it can be corrected');
			await look(page, `${words}-${name}`);
		}
		for (const path of ['/enrol', '/enrol/app', '/recovery-codes', '/continue', '/second-factor', '/waiting', '/account-ended', '/success']) {
			await page.goto(`${house.issuer}${path}${new URL(page.url()).search}`);
			await at(page, 'admission');
		}
		assert.equal(accounts(), before);
		assert.deepEqual([used, expired, revoked].map(({ id }) => stateOf(id)), ['used', 'expired', 'revoked']);
		/* As people type it. */
		await give(page, ` ${invite('agency').code.toLowerCase().replaceAll('-', ' ')} `);
		await at(page, 'enrol');
	});

	test(`${language}: two with one invitation: the first who finishes has it, the other is told`, async () => {
		const { code, id } = invite('agency');
		await open(language);
		const other = await openPage(browser, { locale: `${language}-CA` });
		for (const one of [page, other]) {
			await toAdmission(one);
			await give(one, code);
			await at(one, 'enrol');
		}
		const before = accounts(), app = await scan(other, house.clock);
		await enrol(page);
		await at(page, 'recovery-codes');
		await enterCode(other, await app.fresh());
		await at(other, 'admission');
		assert.equal(await formError(other), 'used');
		assert.equal(accounts(), before + 1);
		assert.equal(stateOf(id), 'used');
		await give(other, invite('agency').code);
		await at(other, 'enrol-totp');
		await enterCode(other, await app.fresh());
		await keepCodes(other);
		await at(other, 'portal');
		await other.context().close();
	});

	test(`${language}: without an invitation, since there was an account here before; the code turns up after all`, async () => {
		await open(language);
		await toAdmission(page);
		await press(page, 'recover');
		await at(page, 'enrol');
		await page.goto(`${house.issuer}/admission${new URL(page.url()).search}`);
		await at(page, 'admission');
		assert.equal(await page.locator('button[value=recover]').count(), 0);
		await give(page, invite('agency').code);
		await at(page, 'enrol');
		await page.goto(`${house.issuer}/admission${new URL(page.url()).search}`);
		await at(page, 'enrol');
	});
}

test('an invitation that cannot be the portal\'s is left out of the field; one that is too long is no dead end', async () => {
	await open('en');
	for (const [params, value] of [[{ invitation: '<script>' }, '<script>'], [{ invitation: 'x'.repeat(65) }, ''], [{}, '']]) {
		await page.context().clearCookies();
		await toAdmission(page, 'marie', params);
		assert.equal(await page.locator('input[name=invitation]').inputValue(), value);
		await press(page, 'sign-out');
		await at(page, 'signed-out');
	}
});

test('the tool: what is wrong is said, and a code is shown once', () => {
	const fails = (pattern, ...args) => assert.throws(() => house.ctl(...args), (error) => pattern.test(error.stderr));
	fails(/there is no portal "nowhere"/, 'invitation', 'create', 'nowhere');
	fails(/employer asks for no invitation/, 'invitation', 'create', 'employer');
	for (const life of ['14', '0d', '14x', '-1d', '99999d', 'd'])
		fails(/no life of an invitation|there is no option/, 'invitation', 'create', 'agency', life);
	fails(/from 1h to 90d/, 'invitation', 'create', 'agency', '91d');
	fails(/at most 64 bytes/, 'invitation', 'create', 'agency', '1d', 'x'.repeat(65));
	fails(/has no invitation "x"/, 'invitation', 'revoke', 'agency', 'x');
	const { code, id } = invite('bureau', '36h', 'n° 5');
	fails(/agency has no invitation/, 'invitation', 'revoke', 'agency', id);
	const [listed] = ctl('invitation', 'list', 'bureau').slice(-1);
	assert.deepEqual([listed.id, listed.state, listed.by, listed.note], [id, 'open', 'operator', 'n° 5']);
	assert.ok(!house.ctl('invitation', 'list', 'bureau').includes(code));
	assert.equal(ctl('invitation', 'revoke', 'bureau', id).state, 'revoked');
	fails(/over already: it is revoked/, 'invitation', 'revoke', 'bureau', id);
	const names = ctl('audit', 'tail', '1000').map(({ event }) => event);
	for (const name of ['invitation-made', 'invitation-used', 'invitation-revoked'])
		assert.ok(names.includes(name), name);
	assert.ok(!house.daemon.said.includes(code) && !JSON.stringify(ctl('audit', 'tail', '1000')).includes(code));
});
