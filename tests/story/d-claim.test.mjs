/* Moving an account, from the loss of the old sign-in to the portal that sees the old subject again: both proven (from a bank to a GCKey), one of the two,
 * neither; at a portal that is open, one that invites and one that approves.  In both languages.
 * DESIGN.md section 3; ATTACKS F34; the ends and the thieves are in d-claim-ends and d-claim-thief. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { formError, leads, look, lookTwice, openPage, openStory } from './browser.mjs';
import { atPart, claimTo, decide, partOf, signInTheOldWay, submit } from './claims.mjs';
import { ask } from './http.mjs';
import { at, chooseProvider, enterCode, keepCodes, leaveFor, mailOf, otherCode, press, proveCredential, says, scan, sentence, startOf, takeNotices, toEnrol, toSecondFactor, totp } from './journey.mjs';
import { cancelAtProvider } from './simplesamlphp.mjs';
import { firstWalk } from './walker.mjs';

const hour = 3600, period = 6 * hour;
let house, browser, page, people = 0;
before(async () => {
	const methods = ['totp', 'mail'], session = { reuse: '12h', idle: '12h', absolute: '24h' };
	[house, browser] = await openStory({
		mail: true, providers: ['gckey', 'partner'], limits: { claim_period: '6h' },
		portals: { ptpha: { methods, session, providers: ['gckey', 'partner'] }, agency: { methods, admission: 'invitation' }, bureau: { methods, admission: 'approval' } },
	});
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(() => Object.values(house.portals).forEach((portal) => { portal.visits.length = 0; }));

const somebody = () => `p${++people}`;

async function open(language) {
	await page?.context().close();
	page = await openPage(browser, { locale: `${language}-CA` });
}

/* From the page enrol to where a new account with an address for notices leads. -> the app */
async function settle(language, address) {
	const app = await scan(page, house.clock);
	await enterCode(page, await app.fresh());
	await keepCodes(page);
	await takeNotices(page, house, address, language);
	return app;
}

/* A form comes back with that error, which is looked at. */
async function refused(action, fields, name, state = name) {
	assert.equal((await submit(page, action, fields)).status(), 422, state);
	assert.equal(await formError(page), name, state);
	await look(page, `${await partOf(page)}-${state}`);
}

const shown = async () => [await page.locator('[data-credential]').getAttribute('data-credential'), await page.locator('[data-factor]').getAttribute('data-factor')];
const standing = () => page.locator('[data-claim]').getAttribute('data-claim');
const alive = async (tokens) => (await ask(`${house.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } })).status === 200;

/* Send the request, from what was shown. */
async function send(see) {
	await submit(page, 'review');
	await atPart(page, 'review');
	await see(page, 'review');
	await press(page, 'confirm');
	await atPart(page, 'claim');
}

/* The mail of each address, of either side: which says what it is to them, and stops the request only at the old account's. */
async function told(kind, language, { old = [], own = [] }, key) {
	for (const [side, addresses] of Object.entries({ old, new: own }))
		for (const address of addresses) {
			const mail = await mailOf(house, address, kind, language);
			assert.match(mail.text, sentence(language, `${kind}.lead`));
			assert.match(mail.text, sentence(language, key(side)), `${kind} to ${address}`);
			assert.equal(sentence(language, 'mail-claim.stop').test(mail.text), side === 'old' && !/completed/.test(kind), `${kind} to ${address}: ${mail.text}`);
		}
}

for (const language of ['en', 'fr']) {
	const mailbox = (name) => `${name}-${language}@example.ca`;
	const see = language === 'en' ? lookTwice : () => undefined;	/* in both languages, by the link */
	const opened = (mails) => told('mail-claim-opened', language, mails, (side) => `mail-claim.${side}`);
	const reminded = (mails) => told('mail-claim-reminder', language, mails, (side) => `mail-claim.${side}`);
	const completed = (mails) => told('mail-claim-completed', language, mails, (side) => `mail-claim-completed.${side}`);

	test(`${language}: from a bank to a GCKey, both proven: a wait, and the portal sees the old subject`, async () => {
		const portal = house.portals.ptpha, mails = { old: [mailbox('bank'), mailbox('bank-new')], own: [mailbox('gckey')] };
		const owner = await firstWalk(house, somebody(), { portal, provider: 'partner', language, address: mails.old[0] });
		await owner.go(`${house.issuer}/manage?portal=ptpha`);
		await owner.go(`${house.issuer}/notice-address?r=${new URL(owner.url).searchParams.get('r')}`);
		await owner.giveAddress(mails.old[1]);
		const user = somebody();
		await open(language);
		await toEnrol(page, portal, { user });
		const app = await settle(language, mails.own[0]);
		await at(page, 'portal');
		const fresh = portal.last.claims.sub;
		await page.goto(`${house.issuer}/manage?portal=ptpha`);
		await at(page, 'manage');
		await leads(page, () => page.locator('main a[href*="/relink"]').click());
		await atPart(page, 'name');
		await see(page, 'name');

		await refused('old-credential', {}, 'required', 'no-provider');
		for (const [typed, name] of [['', 'required'], ['VB-1', 'malformed'], ['VB-0000-0000', 'wrong']])
			await refused('continue', { support_reference: typed }, name);
		await leaveFor(page, 'gckey', 'old-credential');
		await cancelAtProvider(page, house);
		await atPart(page, 'name');
		await says(page, 'relink.came-back');
		await look(page, 'name-came-back');
		await signInTheOldWay(page, somebody(), 'partner');	/* who has no account here */
		await atPart(page, 'name');
		assert.equal(await formError(page), 'wrong');
		await look(page, 'name-no-account');
		await signInTheOldWay(page, owner.user, 'partner');
		await atPart(page, 'prove');
		assert.deepEqual(await shown(), ['yes', '']);
		await see(page, 'prove-credential');

		await owner.signIn();	/* nothing is claimed so far, so nothing is stopped; but what was shown before counts no more */
		const spent = totp(owner.app.seed, owner.app.used);	/* used up by it */
		await page.reload();
		assert.deepEqual(await shown(), ['no', '']);
		await signInTheOldWay(page, owner.user, 'partner');
		await atPart(page, 'prove');

		for (const [typed, name] of [['', 'required'], ['12', 'malformed'], [spent, 'used'], [otherCode(spent, owner.app.show(), owner.app.show(1), owner.app.show(-1)), 'wrong']])
			await refused('continue', { code: typed }, name);
		for (const [typed, name] of [['', 'required'], [owner.codes[0].slice(0, 9), 'malformed'], [owner.codes[0].replace(/[0-9A-Z]/g, '0'), 'wrong']])
			await refused('continue', { recovery_code: typed }, name, `recovery-${name}`);
		if (language === 'en')
			await submit(page, 'continue', { code: await owner.app.fresh() });
		else
			await submit(page, 'continue', { recovery_code: owner.codes[0].toLowerCase().replaceAll('-', ' ') });
		await atPart(page, 'prove');
		const method = language === 'en' ? 'totp' : 'recovery';
		assert.deepEqual(await shown(), ['yes', method]);
		await see(page, 'prove-both');
		if (method === 'recovery')
			for (const address of mails.old)
				assert.match((await mailOf(house, address, 'mail-recovery-used', language)).text, sentence(language, 'mail-recovery-used.lead-claim'));
		await submit(page, 'review');
		await leads(page, () => page.locator('main form a').click());
		await atPart(page, 'prove');
		await owner.go(startOf(portal));	/* the old sign-in is still open in another browser */
		await send(see);
		assert.equal(await standing(), 'waiting-period');
		await see(page, 'claim-period');
		await opened(mails);
		const told = await claimTo(owner);
		assert.deepEqual([told.state, told.proven, told.contested], ['waiting-period', { credential: true, second_factor: method }, false]);
		assert.equal(Date.parse(told.due) - Date.parse(told.opened), period / 2 * 1000);

		await house.later(period / 2);
		await reminded(mails);
		await owner.go(startOf(portal));	/* without being asked for anything: that is no sign-in, and stops nothing */
		owner.at('portal');
		assert.equal(portal.last.claims.sub, owner.sub);
		await house.later(period / 2 - 240);
		await owner.go(startOf(portal));
		const { tokens } = owner.at('portal') && portal.last;
		assert.ok(await alive(tokens));
		await house.later(250);
		await completed(mails);
		assert.ok(!await alive(tokens), 'what was issued to the old sign-in is dead');
		await owner.go(startOf(portal));
		owner.at('choose-provider');

		await open(language);
		await toSecondFactor(page, portal, { user });
		await enterCode(page, await app.fresh());
		await at(page, 'portal');
		assert.equal(portal.last.error, undefined);
		assert.equal(portal.last.claims.sub, owner.sub, 'the portal finds the old files');
		assert.notEqual(fresh, owner.sub);
		await page.goto(`${house.issuer}/manage?portal=ptpha`);
		await leads(page, () => page.locator('main a[href*="/relink"]').click());
		await atPart(page, 'name');
		assert.equal(await standing(), 'completed');
		await see(page, 'completed');
		await open(language);
		await page.goto(startOf(portal));
		await chooseProvider(page, 'partner');
		await proveCredential(page, owner.user);
		await at(page, 'error');
		await says(page, 'error.account-moved.reason');
		await see(page, 'account-moved');
	});

	test(`${language}: one of the two, at a portal that invites: its owner decides, told what was shown`, async () => {
		const portal = house.portals.agency, mails = { old: [mailbox('old')], own: [mailbox('new')] };
		const { code } = JSON.parse(house.ctl('--json', 'invitation', 'create', 'agency'));
		const owner = await firstWalk(house, somebody(), { portal, language, mail: mails.old[0], before: (walker) => walker.press('continue', { invitation: code }) });
		const user = somebody();
		await open(language);
		await page.goto(startOf(portal));
		await chooseProvider(page);
		await proveCredential(page, user);
		await at(page, 'admission');
		await says(page, 'admission.claim');
		await press(page, 'recover');
		const app = await settle(language, mails.own[0]);
		await atPart(page, 'name');
		await see(page, 'name-invited');
		await signInTheOldWay(page, owner.user);
		await atPart(page, 'prove');
		await see(page, 'prove-mail');
		await refused('continue', { code: '123456' }, 'expired', 'mail-expired');
		for (const said of ['new', 'again']) {
			await submit(page, 'resend');
			await says(page, `mail-sent.${said}`);
			await look(page, `prove-mail-${said}`);
			assert.match((await mailOf(house, owner.mail, 'mail-code', language)).text, sentence(language, 'mail-code.claim'));
		}
		assert.deepEqual(await shown(), ['yes', '']);
		await send(see);
		assert.equal(await standing(), 'waiting-decision');
		await see(page, 'claim-decision');
		await opened(mails);
		const told = await claimTo(owner);
		assert.deepEqual([told.state, told.proven], ['waiting-decision', { credential: true, second_factor: null }]);

		await house.later(hour);
		await open(language);
		await toSecondFactor(page, portal, { user });
		await enterCode(page, await app.fresh());
		await atPart(page, 'claim');
		assert.equal(await standing(), 'waiting-decision', 'who comes back sees where it stands');
		await decide(owner, true);
		assert.match((await mailOf(house, mails.own[0], 'mail-claim-reminder', language)).text, sentence(language, 'mail-claim.agreed'));
		await reminded({ old: mails.old });
		await page.reload();
		assert.equal(await standing(), 'waiting-period');
		await says(page, 'relink.state-agreed');
		await see(page, 'claim-agreed');
		await house.later(period / 2);
		await reminded(mails);
		await house.later(period / 2);
		await completed(mails);
		await open(language);
		await toSecondFactor(page, portal, { user });
		await enterCode(page, await app.fresh());
		await at(page, 'portal');
		assert.equal(portal.last.claims.sub, owner.sub);
	});

	test(`${language}: neither of them, at a portal that approves`, async () => {
		const portal = house.portals.bureau, mails = { old: [mailbox('lost')], own: [mailbox('found')] };
		const owner = await firstWalk(house, somebody(), { portal, language, address: mails.old[0] });
		await portal.api('POST', `/api/v1/accounts/${(await portal.api('GET', '/api/v1/approvals')).json.items.at(-1).sub}/approve`);
		await owner.signIn();
		owner.at('portal').sub = portal.last.claims.sub;
		const user = somebody();
		await open(language);
		await toEnrol(page, portal, { user });
		const app = await settle(language, mails.own[0]);
		await at(page, 'waiting-approval');
		await leads(page, () => page.locator('main a[href*="/relink"]').click());
		await atPart(page, 'name');
		await see(page, 'name-waiting');
		await submit(page, 'continue', { support_reference: owner.reference.toLowerCase().replaceAll('-', ' ') });
		await atPart(page, 'prove');
		assert.deepEqual(await shown(), ['no', '']);
		await see(page, 'prove-nothing');
		await send(see);
		await opened(mails);
		const told = await claimTo(owner);
		assert.deepEqual([told.state, told.proven], ['waiting-decision', { credential: false, second_factor: null }]);
		await press(page, 'back');
		await at(page, 'waiting-approval');
		await decide(owner, true);
		await house.later(period / 2);
		await house.later(period / 2);
		await completed(mails);
		await open(language);
		await toSecondFactor(page, portal, { user });
		await enterCode(page, await app.fresh());
		await at(page, 'portal');
		assert.equal(portal.last.claims.sub, owner.sub, 'and nobody has to approve the new account any more');
	});
}
