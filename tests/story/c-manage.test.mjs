/* Managing one's second factor: the way in from the portal and from a bookmark, a new app, new codes, ending other sessions, signing out.
 * ATTACKS: F31 F33 O50 O53 O59, DESIGN.md section 4 (page flow for changing). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { jarOf, look, lookTwice, openPage, openStory } from './browser.mjs';
import { ask, inputOf, pageOf } from './http.mjs';
import { at, chooseProvider, enterCode, firstVisit, keepCodes, laterVisit, leads, press, proveCredential, recoveryCodes, scan, startOf, toSecondFactor } from './journey.mjs';

let house, browser, portal, app, codes, first, page;
before(async () => {
	[house, browser] = await openStory({ portals: { ptpha: {}, employer: { auth: 'client_secret_basic' } } });
	portal = house.portals.ptpha;
	({ app, codes, visit: first } = await firstVisit(await openPage(browser), house, { portal }));
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(async () => {
	await page?.context().close();
	page = await openPage(browser);
	portal.visits.length = 0;
});

/* From a bookmark, in a new browser, to `success`. */
async function manage() {
	await page.goto(`${house.issuer}/manage?portal=ptpha`);
	await chooseProvider(page);
	await proveCredential(page);
	await at(page, 'second-factor');
	await enterCode(page, await app.fresh());
	await at(page, 'success');
}

test('a bookmark without a portal asks which one', async () => {
	await page.goto(`${house.issuer}/manage`);
	await at(page, 'choose-portal');
	await lookTwice(page);
	await leads(page, () => page.locator('main a', { hasText: 'Portal ptpha' }).click());
	await at(page, 'choose-provider');
	await lookTwice(page, 'managing');
	await page.goto(`${house.issuer}/manage?portal=nobody`);
	await at(page, 'error');
});

test('success leads to manage, which shows what there is, and nothing secret', async () => {
	await manage();
	await lookTwice(page, 'managing');
	await leads(page, () => page.locator('main a[href*="/manage"]').first().click());
	await at(page, 'manage');
	await lookTwice(page);
	const text = await page.content();
	assert.match(text, /VB-[0-9A-Z]{4}-[0-9A-Z]{4}/, 'the support reference');
	for (const secret of [app.params.secret, codes[0], first.claims.sub])
		assert.ok(!text.includes(secret));
	assert.equal(portal.visits.length, 0, 'managing is no sign-in to the portal');
});

test('new codes: the old set dies at once', async () => {
	await manage();
	await page.goto(page.url().replace('/success', '/manage'));
	await at(page, 'manage');
	await press(page, 'new-codes');
	await at(page, 'recovery-codes');
	await look(page, 'new-set');
	const fresh = await recoveryCodes(page);
	await keepCodes(page);
	await at(page, 'success');
	await look(page, 'new-set');
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	await press(page, 'recover');
	await page.locator('input[name=recovery_code]').fill(codes[0]);
	assert.equal((await press(page, 'continue')).status(), 422);
	await page.locator('input[name=recovery_code]').fill(fresh[0]);
	await press(page, 'continue');
	await at(page, 'success');
	codes = fresh;
});

test('a new app: the old one is dead', async () => {
	await manage();
	await press(page, 'change');
	await at(page, 'enrol');
	await lookTwice(page, 'changing');
	await press(page, 'cancel');
	await at(page, 'success');
	await press(page, 'change');
	const old = app, fresh = await scan(page, house.clock);
	assert.notEqual(fresh.params.secret, old.params.secret);
	await lookTwice(page, 'changing');
	await enterCode(page, await fresh.fresh());
	await at(page, 'recovery-codes');
	codes = await recoveryCodes(page);
	await keepCodes(page);
	await at(page, 'success');
	await lookTwice(page, 'changed');
	app = fresh;
	house.clock.forward(60);
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	assert.equal((await enterCode(page, old.show())).status(), 422);
	await enterCode(page, await app.fresh());
	await at(page, 'portal');
	assert.equal(portal.last.claims.sub, first.claims.sub, 'the same person');
});

test('after ten minutes a change asks for the factor again', async () => {
	await manage();
	house.clock.forward(11 * 60);
	await press(page, 'change');
	await at(page, 'second-factor');
	await enterCode(page, await app.fresh());
	await at(page, 'success');
	await press(page, 'change');
	await at(page, 'enrol');
});

test('another browser\'s session is ended from here', async () => {
	const other = await openPage(browser);
	await laterVisit(other, portal, app);
	await manage();
	await page.goto(page.url().replace('/success', '/manage'));
	await at(page, 'manage');
	const buttons = page.locator('button[name=action][value=end-session]');
	const count = await buttons.count();
	assert.ok(count >= 1);
	for (let i = 0; i < count; i++)
		await press(page, 'end-session');
	await at(page, 'manage');
	await look(page, 'ended');
	assert.equal(await buttons.count(), 0);
	await other.goto(startOf(portal));
	await at(other, 'choose-provider');
});

test('manage from the choice of the provider, on the way to a portal', async () => {
	await page.goto(startOf(portal));
	await at(page, 'choose-provider');
	await leads(page, () => page.locator('main a[href*="/manage"]').click());
	await at(page, 'choose-provider');
	await chooseProvider(page);
	await proveCredential(page);
	await enterCode(page, await app.fresh());
	await at(page, 'success');
	await press(page, 'continue');
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
});

test('signing out ends the session, and nobody else can do it for them (O53)', async () => {
	await manage();
	const jar = await jarOf(page.context(), house.issuer), r = new URL(page.url()).searchParams.get('r');
	for (const url of [`${house.issuer}/signed-out?r=${r}`, `${house.issuer}/manage?r=${r}&action=sign-out`])
		await ask(url, { jar: new Map(jar) });
	const form = await ask(`${house.issuer}/manage?r=${r}`, { jar: new Map(jar) });
	assert.equal(pageOf(form.text), 'manage', 'a GET ends nothing');
	assert.equal((await ask(`${house.issuer}/manage?r=${r}`, { jar: new Map(jar), form: { r, csrf: 'A'.repeat(43), action: 'sign-out' } })).status, 403);
	assert.ok(inputOf(form.text, 'csrf'));
	await press(page, 'sign-out');
	await at(page, 'signed-out');
	await lookTwice(page);
	assert.notEqual(pageOf((await ask(`${house.issuer}/manage?r=${r}`, { jar })).text), 'manage', 'the old cookie is worth nothing');
	await page.goBack();
	await page.reload();
	assert.notEqual(await page.locator('body').getAttribute('data-page'), 'manage');
	await page.goto(startOf(portal));
	await at(page, 'choose-provider');
});

test('sign-out before the second factor, and giving up at the choice', async () => {
	await toSecondFactor(page, portal);
	await press(page, 'sign-out');
	await at(page, 'signed-out');
	await look(page, 'early');
	await page.goto(startOf(portal));
	await at(page, 'choose-provider');
});
