/* claims.mjs - claims to older accounts of a portal: what people do on the page relink, in a browser or as walkers; what became of a claim, as the
 * portal and the audit tell it; and claims put into the store beside the daemon (open_claims.c), for stories that only need some. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { at, leads } from './browser.mjs';
import { build } from './house.mjs';
import { leaveFor, proveCredential } from './journey.mjs';
import { firstWalk } from './walker.mjs';

/* -> [{ id, claimed, claimant }], the latter two as subs */
export function openClaims(house, portal, count) {
	const said = execFileSync(path.join(build, 'tests/story/open_claims'), [house.file, portal.id, String(count)], { encoding: 'utf8', env: { ...process.env, ...house.clock.env } });
	return said.trim().split('\n').map((line) => line.split(' ')).map(([id, claimed, claimant]) => ({ id, claimed, claimant }));
}

/* ---- in a browser ---- */

/* On relink: fill in the form that has these fields, and press its button. -> the last answer */
export async function submit(page, action, fields = {}) {
	let form = page.locator('form', { has: page.locator(`button[value=${action}]`) });
	for (const name of Object.keys(fields))
		form = form.filter({ has: page.locator(`[name=${name}]`) });
	for (const [name, value] of Object.entries(fields))
		await form.locator(`[name=${name}]`).fill(value);
	return leads(page, () => form.locator(`button[value=${action}]`).first().click());
}

export const partOf = (page) => page.locator('body').getAttribute('data-part');

/* Wait until the page is relink, and shows that part. */
export async function atPart(page, part) {
	await at(page, 'relink');
	assert.equal(await partOf(page), part, page.url());
}

/* To the provider with the old credential, and back. */
export async function signInTheOldWay(page, user, provider = 'gckey') {
	await leaveFor(page, provider, 'old-credential');
	await proveCredential(page, user);
	await at(page, 'relink');
}

/* ---- as walkers ---- */

/* Sign in anew, and on to the page relink, from wherever the account stands. */
export async function toRelink(walker) {
	await walker.signIn();
	if (walker.page === 'portal')
		await walker.go(`${walker.house.issuer}/manage?portal=${walker.portal.id}`);
	if (walker.page !== 'relink')
		await walker.go(new URL(/href="(\/relink\?[^"]*)"/.exec(walker.text)[1], walker.url).href);
	return walker.at('relink');
}

/* What a walker shows of an account: the credential of `user` where there is one, else the account is named; then a code of either kind. */
export async function show(walker, { user, provider = 'gckey', reference, code, recovery }) {
	if (user) {
		await walker.press('old-credential', { provider });
		await walker.vouch(user);
	} else {
		await walker.press('continue', { support_reference: reference });
	}
	if (code)
		await walker.press('continue', { code });
	if (recovery)
		await walker.press('continue', { recovery_code: recovery });
	return walker;
}

/* From the page relink: show, look at it once more, and send. -> how the claim stands */
export async function claim(walker, shown) {
	await show(walker, shown);
	await walker.press('review');
	assert.equal(walker.data('part'), 'review', walker.url);
	await walker.press('confirm');
	assert.equal(walker.data('part'), 'claim', walker.url);
	return walker.data('claim');
}

/* Somebody who lost the old sign-in: a new account, at a portal that invites by the way for those without an invitation. -> the walker, on relink
 * when nothing else is open to it */
export async function newcomer(house, user, { portal, ...options } = {}) {
	return firstWalk(house, user, { portal, before: (walker) => walker.page === 'admission' && walker.press('recover'), ...options });
}

/* ---- what became of it ---- */

/* The claims of a portal, as its own program sees them. */
export async function claimsAt(portal) {
	const { json } = await portal.api('GET', '/api/v1/relink-claims?limit=100');
	return json.items;
}

/* The claim to this person's account that was opened last. */
export const claimTo = async (owner) => (await claimsAt(owner.portal)).filter(({ claimed }) => claimed.support_reference === owner.reference).at(-1);

export async function decide(owner, yes) {
	const answer = await owner.portal.api('POST', `/api/v1/relink-claims/${(await claimTo(owner)).id}/${yes ? 'approve' : 'refuse'}`);
	assert.equal(answer.status, 200, answer.text);
	return answer.json;
}

/* The audit's events of a name, newest last: all, or those of an account (its number there) or of a claim. */
export const events = (house, name, of) => JSON.parse(house.ctl('--json', 'audit', 'tail', '1000')).filter(({ event, account, what }) => event === name && (!of || account === of || what.includes(of)));

/* The number that the audit has for the account that was made last. */
export const newestAccount = (house) => events(house, 'account-created').at(-1).account;
