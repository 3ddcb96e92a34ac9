/* A second visit: the same person is the same subject and is asked for a code; a live session is not asked at all.
 * ATTACKS: O28 O50 O59 F02. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lookTwice, openStory, openPage } from './browser.mjs';
import { at, chooseProvider, enterCode, firstVisit, laterVisit, proveCredential, startOf, toSecondFactor } from './journey.mjs';

let house, browser, page, first, app;
before(async () => {
	[house, browser] = await openStory({ portals: { ptpha: {}, employer: { auth: 'client_secret_basic' } } });
	page = await openPage(browser);
	({ app, visit: first } = await firstVisit(page, house));
});
after(async () => { await browser?.close(); await house?.stop(); });

const session = async (of) => (await of.context().cookies(house.issuer)).find((cookie) => cookie.name === '__Host-vestibule')?.value;

test('within the portal\'s session the answer comes at once, with the same auth_time', async () => {
	await page.goto(startOf(house.portals.ptpha));
	await at(page, 'portal');
	const { claims } = house.portals.ptpha.last;
	assert.equal(claims.sub, first.claims.sub);
	assert.equal(claims.auth_time, first.claims.auth_time);
	assert.equal(claims.sid, first.claims.sid);
	assert.notEqual(claims.jti, first.claims.jti);
});

test('another browser is asked for a code: two screens of ours, the same subject', async () => {
	const other = await openPage(browser), pages = new Set();
	other.on('domcontentloaded', async () => { if (other.url().startsWith(house.issuer)) pages.add(new URL(other.url()).pathname); });
	await toSecondFactor(other, house.portals.ptpha);
	await lookTwice(other);
	const before = await session(other);
	await enterCode(other, await app.fresh());
	await at(other, 'portal');
	const { claims, error } = house.portals.ptpha.last;
	assert.equal(error, undefined);
	assert.equal(claims.sub, first.claims.sub);
	assert.notEqual(claims.sid, first.claims.sid);
	assert.ok(pages.size <= 2, [...pages].join(' '));
	assert.deepEqual([claims.acr, [...claims.amr].sort()], [first.claims.acr, [...first.claims.amr].sort()]);
	assert.notEqual(await session(other), before, 'the session id changes when the sign-in is complete (O50)');
});

test('after twenty minutes the person is asked again', async () => {
	house.clock.forward(21 * 60);
	const visit = await laterVisit(page, house.portals.ptpha, app);
	assert.equal(visit.claims.sub, first.claims.sub);
	assert.ok(visit.claims.auth_time > first.claims.auth_time);
});

test('a GCKey opens one portal only, and the refusal does not say which', async () => {
	const other = await openPage(browser);
	await other.goto(startOf(house.portals.employer));
	await chooseProvider(other);
	await proveCredential(other);
	await at(other, 'credential-in-use');
	await lookTwice(other);
	assert.ok(!(await other.locator('main').innerText()).includes('Portal ptpha'));
	await other.goBack().catch(() => undefined);
	await other.goto(startOf(house.portals.employer));
	assert.equal(house.portals.employer.visits.length, 0, 'nothing was answered');
});

test('everything survives a restart', async () => {
	await house.restart();
	const other = await openPage(browser);
	const visit = await laterVisit(other, house.portals.ptpha, app);
	assert.equal(visit.claims.sub, first.claims.sub);
	await house.restart('SIGKILL');
	await other.goto(startOf(house.portals.ptpha));
	await at(other, 'portal');
	assert.equal(house.portals.ptpha.last.claims?.sid, visit.claims.sid, 'a session outlives kill -9');
});
