/* What people really do with a browser: back, reload, two tabs, double clicks, lost cookies, bookmarks, giving up.
 * Each ends on the step that is theirs, on the finished session, or on a page with a way out.
 * ATTACKS: O58 F26 F27 S113, FEDERATION.md 2.6. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { look, openStory, openPage, pageName, postFrom } from './browser.mjs';
import { at, chooseProvider, enterCode, firstVisit, press, proveCredential, startOf, toSecondFactor } from './journey.mjs';
import { cancelAtProvider } from './simplesamlphp.mjs';

let house, browser, portal, app, page;
before(async () => {
	[house, browser] = await openStory({}, { whole: true });
	portal = house.portals.ptpha;
	({ app } = await firstVisit(await openPage(browser), house));
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(async () => {
	await page?.context().close();
	page = await openPage(browser);
	portal.visits.length = 0;
});

const finish = async (on) => {
	await enterCode(on, await app.fresh());
	await at(on, 'portal');
	assert.equal(portal.last.error, undefined);
};

/* A page with a reason, a next step, and a reference or a way on; never a bare error. */
async function hasWayOut(on) {
	const name = await pageName(on);
	if (name === 'portal')
		return;
	assert.ok(['continue', 'error', 'choose-provider', 'second-factor'].includes(name), `a way out, not "${name}" at ${on.url()}`);
	assert.ok(await on.locator('main a.button, main button').count() > 0, `${name} leads on`);
	if (name === 'error')
		assert.match(await on.locator('[data-reference]').getAttribute('data-reference'), /\S{6,}/);
	await look(on, 'way-out');
}

test('a reload of every page keeps the place', async () => {
	await page.goto(startOf(portal));
	await page.reload();
	await at(page, 'choose-provider');
	await chooseProvider(page);
	await proveCredential(page);
	await page.reload();
	await at(page, 'second-factor');
	await enterCode(page, '000000');
	await page.reload();
	await at(page, 'second-factor');
	await finish(page);
});

test('the back button from the provider, and another start', async () => {
	await page.goto(startOf(portal));
	await chooseProvider(page);
	await page.goBack();
	await at(page, 'choose-provider');
	await chooseProvider(page);
	await proveCredential(page);
	await at(page, 'second-factor');
	await finish(page);
});

test('the back button after the end leads to the finished session or a clean restart', async () => {
	await toSecondFactor(page, portal);
	await finish(page);
	await page.goBack();
	await hasWayOut(page);
	if (await pageName(page) === 'second-factor') {	/* the page came out of the browser's own memory */
		await enterCode(page, app.show());
		await hasWayOut(page);
	}
	await page.reload();
	await hasWayOut(page);
	await page.goto(startOf(portal));
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
});

test('two tabs, interleaved: both reach the portal, each with its own request', async () => {
	const second = await page.context().newPage();
	await page.goto(startOf(portal));
	await second.goto(startOf(portal));
	await chooseProvider(page);
	await chooseProvider(second);
	await proveCredential(second);
	await at(second, 'second-factor');
	await finish(second);
	await proveCredential(page);
	if (await pageName(page) === 'second-factor')
		await finish(page);
	await at(page, 'portal');
	assert.equal(portal.visits.length, 2);
	assert.ok(portal.visits.every((visit) => !visit.error));
	assert.equal(portal.visits[0].claims.sub, portal.visits[1].claims.sub);
});

test('finished in one tab, the waiting second factor of the other lands on the session', async () => {
	await toSecondFactor(page, portal);
	const second = await page.context().newPage();
	await second.goto(startOf(portal));
	if (await pageName(second) === 'choose-provider') {
		await chooseProvider(second);
		await proveCredential(second);
	}
	await at(second, 'second-factor');
	await finish(second);
	await page.reload();
	await hasWayOut(page);
	assert.equal(await page.locator('input[name=code]').count(), 0, 'no code is asked for any more');
});

test('a double click on the second factor is one sign-in', async () => {
	await toSecondFactor(page, portal);
	await page.locator('input[name=code]').fill(await app.fresh());
	await page.locator('button[name=action][value=continue]').dblclick();
	/* The second click may have taken the place of the first one's answer: the page says then that it is done. */
	await page.locator('body[data-page=portal], body[data-page=continue]').waitFor({ state: 'attached' });
	if (await pageName(page) === 'continue')
		await page.goto(startOf(portal));
	await at(page, 'portal');
	assert.ok(portal.visits.filter((visit) => !visit.error).length >= 1);
	assert.equal(portal.last.error, undefined);
});

test('a double click on the provider\'s answer is one sign-in', async () => {
	await page.goto(startOf(portal));
	await chooseProvider(page);
	let posted;
	page.on('request', (request) => { if (request.url().endsWith('/saml/acs')) posted = request.postData(); });
	await proveCredential(page);
	await at(page, 'second-factor');
	await page.goto(`${portal.url}/`);
	await postFrom(page, `${house.issuer}/saml/acs`, Object.fromEntries(new URLSearchParams(posted)));
	await hasWayOut(page);
	await page.goto(startOf(portal));
	if (await pageName(page) === 'choose-provider') {
		await chooseProvider(page);
		await proveCredential(page);
	}
	await finish(page);
});

test('a lost cookie ends on a page that says how to start again', async () => {
	await page.goto(startOf(portal));
	await at(page, 'choose-provider');
	await page.context().clearCookies();
	await page.locator('input[name=provider][value=gckey]').check();
	const answer = await press(page, 'continue');
	assert.ok(answer.status() >= 400 && answer.status() < 500);
	await at(page, 'error');
	await hasWayOut(page);
	await page.goto(startOf(portal));
	await chooseProvider(page);
	await page.context().clearCookies({ domain: 'auth.localhost' });
	await proveCredential(page);
	await at(page, 'error');
	await hasWayOut(page);
	assert.equal((await page.context().cookies(house.issuer)).filter((cookie) => cookie.name === '__Host-vestibule').length, 0);
});

test('a session lost before the second factor starts again', async () => {
	await toSecondFactor(page, portal);
	await page.context().clearCookies({ name: '__Host-vestibule' });
	await enterCode(page, app.show());
	await hasWayOut(page);
	assert.equal(portal.visits.length, 0);
});

test('who gives up at the provider comes back to the choice', async () => {
	await page.goto(startOf(portal));
	await chooseProvider(page);
	await cancelAtProvider(page, house);
	assert.ok(['choose-provider', 'error'].includes(await pageName(page)), page.url());
	await look(page, 'cancelled');
	await hasWayOut(page);
	if (await pageName(page) === 'error')
		await page.goto(startOf(portal));
	await chooseProvider(page);
	await proveCredential(page);
	await at(page, 'second-factor');
});

test('with the credential alone, every other address leads back to the second factor (F26, F27)', async () => {
	await toSecondFactor(page, portal);
	const own = new URL(page.url());
	for (const path of ['/enrol', '/enrol/app', '/recovery-codes', '/success', '/continue', '/sign-in']) {
		await page.goto(`${house.issuer}${path}${own.search}`);
		await hasWayOut(page);
		assert.ok(['second-factor', 'error', 'choose-provider'].includes(await pageName(page)), `${path} -> ${await pageName(page)}`);
	}
	await page.goto(startOf(portal, { prompt: 'none' }));
	assert.ok(['login_required', 'interaction_required'].includes(portal.last.params.error), JSON.stringify(portal.last.params));
	assert.equal(portal.visits.filter((visit) => visit.tokens).length, 0);
});

test('bookmarks of inner pages, in a browser that knows nothing', async () => {
	for (const path of ['/sign-in', '/second-factor', '/enrol', '/enrol/app', '/recovery-codes', '/recover', '/success', '/continue', '/saml/acs', '/']) {
		const answer = await page.goto(house.issuer + path);
		assert.ok(answer.status() < 500, `${path} ${answer.status()}`);
		assert.ok(await page.locator('body[data-page]').count() === 1, `${path} is a page`);
		if (await pageName(page) === 'error')
			assert.ok((await page.locator('main').innerText()).length > 80, `${path} explains itself`);
	}
});
