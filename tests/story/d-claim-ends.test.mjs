/* Every end of a claim (src/account/claims.def), each brought about through a door that somebody really has, and what both people learn of it: by mail,
 * on the page, from what opens and what does not.  One of the two reads English, the other French.  DESIGN.md section 3. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { act, staffAt, state, takeCall } from './caller.mjs';
import { at, look, lookTwice, openPage, openStory } from './browser.mjs';
import { atPart, claim, claimsAt, claimTo, decide, events, newcomer, toRelink } from './claims.mjs';
import { source } from './house.mjs';
import { mailOf, says, sentence } from './journey.mjs';
import { firstWalk, Walker } from './walker.mjs';

const half = 12 * 3600;
const rows = [...fs.readFileSync(path.join(source, 'src/account/claims.def'), 'utf8').matchAll(/^CLAIM_END\(\w+, "([^"]+)"/gm)].map(([, name]) => name);
/* Which sentence says so: as the mails and the page say it. */
const words = Object.fromEntries([...fs.readFileSync(path.join(source, 'templates/_claim-why.txt'), 'utf8').matchAll(/\{\{same why ([^}]+)\}\}\s*\{\{t ([^}]+)\}\}/g)].map(([, why, key]) => [why, key]));
let house, browser, page, people = 0;
before(async () => {
	[house, browser] = await openStory({ mail: true, desk: true, portals: { ptpha: {}, agency: { admission: 'invitation' } } });
});
after(async () => { await browser?.close(); await house?.stop(); });

const somebody = () => `p${++people}`;
const ctl = (...args) => JSON.parse(house.ctl('--json', ...args));
const statusOf = ({ reference }) => ctl('account', 'show', reference).status;

/* Somebody with an old account, and somebody who claims it from a new one: with the credential and a recovery code, or with nothing but its name. */
async function pair(portal = house.portals.ptpha, { bare = false } = {}) {
	const languages = people % 4 === 0 ? ['en', 'fr'] : ['fr', 'en'];
	const invited = portal.id === 'agency' && ((walker) => walker.press('continue', { invitation: ctl('invitation', 'create', 'agency').code }));
	const owner = await firstWalk(house, somebody(), { portal, language: languages[0], address: `${people}@old.example.ca`, before: invited || undefined });
	const claimant = await newcomer(house, somebody(), { portal, language: languages[1], address: `${people}@new.example.ca` });
	await toRelink(claimant);
	const shown = bare ? { reference: owner.reference } : { user: owner.user, recovery: owner.codes[0] };
	assert.equal(await claim(claimant, shown), bare ? 'waiting-decision' : 'waiting-period');
	const { language } = owner;
	const mail = await mailOf(house, owner.address, 'mail-claim-opened', language);
	return { owner, claimant, link: house.mail.link(mail, /not-me/) };
}

async function wait() {
	await house.later(half);
	await house.later(half);
}

/* The next mail of that kind to this person. */
const told = ({ address, language }, kind) => mailOf(house, address, kind, language);

async function onPage(walker) {
	await page?.context().close();
	page = await openPage(browser, { locale: `${walker.language}-CA` });
	return walker.into(page);
}

/* Whoever comes with the credential of an account that is no more gets no further than to be told. */
async function shutOut(walker, reason) {
	walker.jars.clear();
	await walker.arrive();
	assert.equal(walker.at('error').data('reason'), reason);
}

async function opensAsBefore({ owner }) {
	await owner.signIn();
	assert.equal(owner.at('portal').portal.last.claims.sub, owner.sub);
}

/* Both are told why; the claimant sees it on the page as well; it stands in the audit of both and at the portal's. */
async function judge(why, { owner, claimant, stays = true }) {
	const { id, ...found } = (await claimsAt(owner.portal)).find(({ claimant: { support_reference: reference } }) => reference === claimant.reference);
	assert.deepEqual([found.state, found.why], ['ended', why]);
	const mail = { old: await told(owner, 'mail-claim-ended'), new: await told(claimant, 'mail-claim-ended') };
	assert.match(mail.old.text, sentence(owner.language, words[why]));
	assert.match(mail.new.text, sentence(claimant.language, words[why]));
	assert.equal(sentence(owner.language, 'mail-claim-ended.stays').test(mail.old.text), stays, mail.old.text);
	assert.equal(events(house, 'claim-ended', id).length, 2);
	assert.equal(events(house, 'claim-completed', id).length, 0);
}

/* The claimant comes back, and finds on the page how it ended. */
async function comesBack(why, { claimant }) {
	await onPage(await toRelink(claimant));
	await atPart(page, 'name');
	assert.equal(await page.locator('[data-claim=ended]').getAttribute('data-why'), why);
	await says(page, words[why]);
	await look(page, `ended-${why}`);
}

let done;	/* the completed claim, for later */
const plays = {
	async completed() {
		const both = await pair(), { owner, claimant } = both;
		await wait();
		for (const one of [owner, claimant])
			await told(one, 'mail-claim-completed');
		done = (await claimTo(owner)).id;
		assert.deepEqual([statusOf(owner), statusOf(claimant)], ['moved', 'active']);
		assert.equal(events(house, 'claim-completed', done).length, 2);
		await claimant.signIn();
		assert.equal(claimant.at('portal').portal.last.claims.sub, owner.sub);
		await shutOut(owner, 'account-moved');
	},

	async refused() {
		const both = await pair(house.portals.ptpha, { bare: true });
		await decide(both.owner, false);
		await judge('refused', both);
		await comesBack('refused', both);
		await opensAsBefore(both);
	},

	async cancelled() {
		const both = await pair();
		await both.claimant.press('cancel');
		assert.equal(both.claimant.data('why'), 'cancelled');
		await judge('cancelled', both);
		await comesBack('cancelled', both);
		await opensAsBefore(both);
	},

	async 'cancelled-by-link'() {
		const both = await pair(), anybody = new Walker(house, both.owner.language);
		await anybody.go(both.link);
		assert.equal((await claimTo(both.owner)).state, 'waiting-period', 'to look changes nothing');
		await onPage(anybody);
		await lookTwice(page, 'claim-asking');
		await anybody.press('confirm');
		assert.equal(anybody.data('state'), 'done');
		await judge('cancelled-by-link', both);
		await comesBack('cancelled-by-link', both);
		assert.equal(ctl('account', 'show', both.owner.reference).frozen, null, 'it stops the claim, and nothing else');
		await opensAsBefore(both);
		await anybody.go(both.link);
		assert.equal(anybody.data('state'), 'over');
	},

	async 'cancelled-by-sign-in'() {
		const both = await pair(), { owner } = both;
		owner.jars.clear();
		await owner.arrive();	/* the credential alone stops nothing */
		owner.at('second-factor');
		assert.equal((await claimTo(owner)).state, 'waiting-period');
		await owner.prove();
		await onPage(owner);
		await at(page, 'success');
		await says(page, 'success.claim-stopped');
		await lookTwice(page, 'claim-stopped');
		await owner.press('continue');
		assert.equal(owner.at('portal').portal.last.claims.sub, owner.sub);
		await judge('cancelled-by-sign-in', both);
		await comesBack('cancelled-by-sign-in', both);
		await opensAsBefore(both);
	},

	async lapsed() {
		const both = await pair(house.portals.ptpha, { bare: true }), reader = new Walker(house);
		const own = house.mail.link(await told(both.claimant, 'mail-claim-opened'), /not-me/);
		await reader.go(own);
		assert.equal(reader.data('state'), 'asking');
		await house.later(30 * 86400 + 60);
		await reader.go(own);
		assert.equal(reader.data('state'), 'over', 'thirty days, as the mail says');
		await judge('lapsed', both);
		await comesBack('lapsed', both);
		await opensAsBefore(both);
	},

	/* Two claims to one account: the portal's owner decides on both, whatever was shown for the first. */
	async superseded() {
		const both = await pair(), { owner, claimant } = both;
		const rival = await newcomer(house, somebody(), { portal: owner.portal, address: `${people}@rival.example.ca` });
		await toRelink(rival);
		assert.equal(await claim(rival, { reference: owner.reference }), 'waiting-decision');
		await told(owner, 'mail-claim-opened');
		const [first, second] = (await claimsAt(owner.portal)).slice(-2);
		assert.deepEqual([first.state, first.contested, second.state, second.contested], ['waiting-decision', true, 'waiting-decision', true]);
		assert.equal(events(house, 'claim-contested', first.id).length, 2);
		for (const one of [await toRelink(claimant), rival]) {
			await onPage(one);
			await says(page, 'relink.contested');
		}
		await lookTwice(page, 'claim-contested');
		await decide(owner, true);	/* on the later one */
		const again = await owner.portal.api('POST', `/api/v1/relink-claims/${first.id}/approve`);
		assert.equal(again.status, 409, 'not both');
		await wait();
		await told(owner, 'mail-claim-completed');
		await judge('superseded', { ...both, stays: false });
		await comesBack('superseded', both);
		await rival.signIn();
		assert.equal(rival.at('portal').portal.last.claims.sub, owner.sub);
		await shutOut(owner, 'account-moved');
	},

	async 'old-account-gone'() {
		const both = await pair();
		ctl('account', 'close', both.owner.reference);
		await judge('old-account-gone', { ...both, stays: false });
		await comesBack('old-account-gone', both);
		await shutOut(both.owner, 'account-closed');
	},

	/* The claimant closes the new account. */
	async 'new-account-gone'() {
		const both = await pair(), { claimant } = both;
		await claimant.press('back');
		await claimant.at('manage').press('close');
		await claimant.at('close-account').press('confirm');
		claimant.at('account-closed');
		await judge('new-account-gone', both);
		await shutOut(claimant, 'account-closed');
		await opensAsBefore(both);
	},

	async 'cancelled-by-help-desk'() {
		const both = await pair(), { owner } = both;
		owner.jars.clear();
		await owner.arrive();
		const code = owner.at('second-factor').data('caller-code');
		const { page: desk } = await staffAt(browser, house, 'anna');
		await takeCall(desk, house, owner.reference, code);
		assert.equal(await state(desk), 'claimed');
		await act(desk, 'stop-claim');
		await judge('cancelled-by-help-desk', both);
		await comesBack('cancelled-by-help-desk', both);
		await opensAsBefore(both);
		await desk.context().close();
	},

	/* Of an account that was made to claim: it opens nothing after that. */
	async undone() {
		const { owner, claimant } = await pair(house.portals.agency), { id } = await claimTo(owner);
		assert.throws(() => house.ctl('relink', 'undo', id), (error) => /cannot be undone/.test(error.stderr), 'before it is completed');
		await wait();
		await claimant.signIn();
		assert.equal(claimant.at('portal').portal.last.claims.sub, owner.sub);
		ctl('relink', 'undo', id);
		const undone = await claimTo(owner);
		assert.deepEqual([undone.state, undone.why], ['undone', 'undone']);
		assert.match((await told(owner, 'mail-claim-undone')).text, sentence(owner.language, 'mail-claim-undone.old'));
		assert.match((await told(claimant, 'mail-claim-undone')).text, sentence(claimant.language, 'mail-claim-undone.new'));
		assert.equal(events(house, 'claim-undone', id).length, 2);
		await opensAsBefore({ owner });
		assert.equal(statusOf(claimant), 'closed');
		await shutOut(claimant, 'account-closed');
		assert.throws(() => house.ctl('relink', 'undo', id), (error) => /cannot be undone/.test(error.stderr), 'once');
		assert.throws(() => house.ctl('relink', 'undo', done), (error) => /cannot be undone/.test(error.stderr), 'within thirty days');
	},
};

/* One whose account was open before the claim has that one again, and is told so on the page. */
test('undone, between two accounts that were open: both are as they were', async () => {
	const { owner, claimant } = await pair(), { id } = await claimTo(owner);
	await wait();
	ctl('relink', 'undo', id);
	for (const one of [owner, claimant])
		await told(one, 'mail-claim-undone');
	await opensAsBefore({ owner });
	await claimant.signIn();
	assert.equal(claimant.at('portal').portal.last.claims.sub, claimant.sub);
	await onPage(await toRelink(claimant));
	assert.equal(await page.locator('[data-claim]').getAttribute('data-claim'), 'undone');
	await lookTwice(page, 'undone');
});

for (const name of rows)
	test(name, async () => {
		assert.ok(plays[name], `nobody plays ${name}, a row of claims.def`);
		await plays[name]();
	});

test('nothing is played that is no row', () => assert.deepEqual(Object.keys(plays).sort(), [...rows].sort()));
