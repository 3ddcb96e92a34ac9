/* Separation, and what a person or an operator sees of it: a GCKey that has an account elsewhere is refused in the same words whatever became of that
 * account, and nothing is made; a bank's credential that opens another portal is treated like a new one, byte by byte; and when the configuration
 * changes under real accounts, the doctor says whom it concerns.
 * DESIGN.md section 3; ATTACKS A02. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look, openBrowser, openPage, pageName } from './browser.mjs';
import { openHouse, until } from './house.mjs';
import { at, chooseProvider, enterCode, keepCodes, proveCredential, scan, startOf } from './journey.mjs';

let house, browser;
const ctl = (...args) => JSON.parse(house.ctl('--json', ...args));
const records = (...tables) => Object.fromEntries(ctl('store', 'stat').tables.filter(({ table }) => tables.includes(table)).map(({ table, records: count }) => [table, count]));
const standing = () => records('account', 'binding', 'binding-of', 'subject', 'reference', 'factor', 'recovery', 'session-of', 'invitation', 'approval', 'claim', 'agenda', 'audit-of');
const events = (from) => ctl('audit', 'tail', '1000').filter(({ sequence }) => sequence > from).map(({ event }) => event);
const last = () => ctl('audit', 'tail', '1')[0].sequence;
before(async () => {
	browser = await openBrowser();
	house = await openHouse({ portals: { employer: { providers: ['gckey', 'partner'] }, agency: { admission: 'approval', providers: ['gckey', 'partner'] }, bureau: { providers: ['gckey', 'partner'] } }, providers: ['gckey', 'partner'] });
});
after(async () => { await browser?.close(); await house?.stop(); });

async function signIn(page, portal, user, provider = 'gckey') {
	await page.goto(startOf(portal));
	await chooseProvider(page, provider);
	await proveCredential(page, user);
}

/* A new account; its support reference. */
async function open(portal, user, provider) {
	const page = await openPage(browser);
	await signIn(page, portal, user, provider);
	await enterCode(page, await (await scan(page, house.clock)).fresh());
	await keepCodes(page);
	if (await pageName(page) !== 'waiting-approval')
		await page.goto(`${house.issuer}/manage?portal=${portal.id}`);
	const reference = await page.locator('[data-support-reference]').first().getAttribute('data-support-reference');
	await page.context().close();
	return reference;
}

async function referenceOf(portal, user, provider) {
	const page = await openPage(browser);
	await signIn(page, portal, user, provider);
	await at(page, 'second-factor');
	const reference = await page.locator('[data-support-reference]').first().getAttribute('data-support-reference');
	await page.context().close();
	return reference;
}

test('a GCKey of another portal: the same answer and nothing made, whatever became of the account there', async () => {
	const { agency, bureau } = house.portals, users = ['p1', 'p2', 'p3', 'p4'], references = [];
	for (const user of users)
		references.push(await open(agency, user));
	ctl('account', 'approve', references[0]);
	ctl('account', 'refuse', references[1]);
	ctl('account', 'close', references[2]);
	assert.deepEqual(references.map((reference) => ctl('account', 'show', reference).status), ['active', 'refused', 'closed', 'waiting-approval']);
	const told = [];
	for (const [language, user] of [...users.map((user) => ['en', user]), ['fr', users[0]], ['fr', users[2]]]) {
		const page = await openPage(browser, { locale: `${language}-CA` });
		const before = standing(), sequence = last();
		await signIn(page, bureau, user);
		await at(page, 'credential-in-use');
		assert.deepEqual(standing(), before);
		assert.deepEqual(events(sequence), ['credential-in-use', 'credential-accepted'], 'of no account: the index of accounts has not grown');
		const text = await page.locator('main').innerText();
		assert.doesNotMatch(text, /agency|VB-/i);
		told.push(`${language} ${text}`);
		if (user === users[0])
			await look(page, 'elsewhere');
		await page.context().close();
	}
	assert.equal(new Set(told).size, 2, 'one text in each language');
	assert.equal(bureau.visits.length, 0, 'its portal has heard nothing');
});

/* Every answer of ours on the way to the first page after the provider: of what is random, its length. */
async function watched(portal, user) {
	const page = await openPage(browser), seen = [];
	page.on('response', (response) => { if (response.request().isNavigationRequest() && new URL(response.url()).origin === house.issuer) seen.push(response); });
	await signIn(page, portal, user, 'partner');
	await at(page, 'enrol');
	const told = [];
	const shape = (name, value) => (/^content-length$/i.test(name) ? value : /^location$/i.test(name) ? value.split('?')[0] : value.length);
	for (const response of seen) {
		const headers = (await response.headersArray()).map(({ name, value }) => `${name} ${shape(name, value)}`);
		told.push([response.request().method(), new URL(response.url()).pathname, response.status(), ...headers].join('\n'));
	}
	await page.context().close();
	return told;
}

test('a bank\'s credential that opens another portal looks like a new one', async () => {
	const { employer, bureau } = house.portals;
	await open(employer, 'p5', 'partner');
	const before = last(), known = await watched(bureau, 'p5'), between = last(), fresh = await watched(bureau, 'p6');
	assert.match(known.at(-1), /^GET\n\/enrol\n200\n.*content-length \d{4}/is);
	assert.deepEqual(known, fresh);
	assert.deepEqual(events(before).slice(0, between - before), events(between));
});

test('a changed configuration under real accounts: the doctor says whom it concerns, and what happens then', async () => {
	const { employer, agency, bureau } = house.portals, original = structuredClone(house.config);
	const one = await referenceOf(employer, 'p5', 'partner'), two = await open(bureau, 'p5', 'partner'), gckey = await open(bureau, 'p7');
	const rows = () => ctl('doctor');	/* an exit status that is not 0 would throw */
	const notes = () => rows().filter(({ result }) => result !== 'well').map(({ policy, portal, about, count, accounts, more, result, remedy }) => {
		assert.equal(result, 'note');
		assert.ok(remedy);
		assert.equal(count, accounts.length + more);
		return [policy, portal, about, accounts];
	});
	const change = (act) => {
		house.config = structuredClone(original);
		act(house.config, Object.fromEntries(house.config.portals.map((portal) => [portal.id, portal])), Object.fromEntries(house.config.providers.map((provider) => [provider.id, provider])));
		house.rewrite();
	};
	const reload = async () => {
		const reloads = house.daemon.said.split('Reloaded').length;
		house.daemon.child.kill('SIGHUP');
		await until('the reload', () => house.daemon.said.split('Reloaded').length > reloads);
	};
	assert.deepEqual(notes(), []);
	assert.ok(rows().some(({ check, result }) => check === 'the accounts are as the configuration has them' && result === 'well'));

	/* Before the daemon knows: what would it mean? */
	change((config) => { config.entity_id = `${house.issuer}/other`; });
	assert.deepEqual(notes().map(([policy, portal, about, accounts]) => [policy, portal, about, accounts.length]),
		[['entity-changed', 'agency', 'gckey', 2], ['entity-changed', 'bureau', 'gckey', 1], ['entity-changed', 'bureau', 'partner', 1], ['entity-changed', 'employer', 'partner', 1]]);
	change((config) => { config.portals = config.portals.filter(({ id }) => id !== 'employer'); });
	assert.deepEqual(notes(), [['portal-gone', 'employer', null, [one]]]);
	change((config, portals) => { portals.bureau.providers = ['partner']; });
	assert.deepEqual(notes(), [['provider-left', 'bureau', 'gckey', [gckey]]]);
	const text = house.ctl('doctor');
	assert.match(text, /\nthe service answers +well\n/);
	assert.match(text, new RegExp(`\\n\\ncheck +1 account of bureau: no way to sign in, since the portal does not take gckey\\nresult +note\\nremedy +.+\\npolicy +provider-left\\nportal +bureau\\nabout +gckey\\ncount +1\\naccounts +${gckey}\\nmore +0\\n$`));

	/* The bank becomes exclusive while a credential of it opens two portals: both stay open, a third does not open. */
	change((config, portals, providers) => { providers.partner.separation = 'exclusive'; });
	assert.deepEqual(notes(), [['several-portals', 'bureau', 'partner', [two]], ['several-portals', 'employer', 'partner', [one]]]);
	await reload();
	assert.equal(await referenceOf(employer, 'p5', 'partner'), one);
	assert.equal(await referenceOf(bureau, 'p5', 'partner'), two);
	const page = await openPage(browser);
	await signIn(page, agency, 'p5', 'partner');
	await at(page, 'credential-in-use');
	await page.context().close();

	/* The agency lets everyone in: who waits goes on waiting, until somebody decides. */
	change((config, portals) => { portals.agency.admission = 'open'; });
	await reload();
	const [[policy, portal, about, [waiting]]] = notes();
	assert.deepEqual([policy, portal, about, ctl('account', 'show', waiting).status], ['waiting-unasked', 'agency', null, 'waiting-approval']);
	ctl('account', 'approve', waiting);
	assert.deepEqual(notes(), []);
});
