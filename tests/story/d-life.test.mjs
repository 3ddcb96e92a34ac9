/* The end of an account, by its own person: what it means is told first, the second factor asked for, and then nothing opens with it.
 * In both languages.  ATTACKS: F31 O50, DESIGN.md section 4; what comes later is in tests/unit/signin/test_life.c. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lookTwice, openPage, openStory, postFrom } from './browser.mjs';
import { at, chooseProvider, enterCode, giveAddress, keepCodes, laterVisit, leads, mailOf, mailedCode, press, proveCredential, says, scan, sentence, startOf, toEnrol, toManage } from './journey.mjs';

let house, browser, portal, page;
before(async () => {
	[house, browser] = await openStory({ mail: true, portals: { ptpha: {}, easy: { second_factor: { required_for: [] } } } });
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(() => { portal.visits.length = 0; });

const ctl = (...args) => JSON.parse(house.ctl('--json', ...args));
const statusOf = (reference) => { const { status, why } = ctl('account', 'show', reference); return [status, why]; };

async function open(language) {
	await page?.context().close();
	page = await openPage(browser, { locale: `${language}-CA` });
}

/* A first visit, with an address for notices; ends at the portal. -> the app */
async function firstTime(language, user, address) {
	await open(language);
	await toEnrol(page, portal, { user });
	const app = await scan(page, house.clock);
	await enterCode(page, await app.fresh());
	await keepCodes(page);
	await at(page, 'notice-address');
	await giveAddress(page, address);
	await page.locator('input[name=code]').fill(await mailedCode(house, address, language));
	await press(page, 'confirm');
	await at(page, 'portal');
	portal.visits.length = 0;
	return app;
}

/* From a bookmark to the page manage. -> the support reference */
async function toManagePage(app, user) {
	await toManage(page, house, { user });
	await enterCode(page, await app.fresh());
	await at(page, 'success');
	await leads(page, () => page.locator('main a[href*="/manage"]').first().click());
	await at(page, 'manage');
	return page.locator('[data-support-reference]').first().getAttribute('data-support-reference');
}

/* Who comes with the credential of a closed account gets no further than to be told. */
async function cannotSignIn(language, user) {
	await open(language);
	await page.goto(startOf(portal));
	await chooseProvider(page);
	await proveCredential(page, user);
	await at(page, 'error');
	assert.equal(portal.visits.length, 0);
}

for (const [language, user] of [['en', 'p1'], ['fr', 'p2']]) {
	test(`${language}: a person closes the own account, and is told what that means`, async () => {
		const address = `${user}@example.ca`, app = await firstTime(language, user, address);
		const other = await openPage(browser, { locale: `${language}-CA` });
		await laterVisit(other, portal, app, { user });
		await open(language);
		const reference = await toManagePage(app, user);
		assert.match(reference, /^VB-/);
		await press(page, 'close');
		await at(page, 'close-account');
		await says(page, 'close-account.files');
		await says(page, 'close-account.again', { wait: language === 'en' ? '90 days' : '90\u00a0jours' });
		await lookTwice(page);
		await press(page, 'cancel');
		await at(page, 'manage');
		assert.deepEqual(statusOf(reference).slice(0, 1), ['active'], 'nothing happens before it is confirmed');
		await press(page, 'close');
		await press(page, 'confirm');
		await at(page, 'account-closed');
		await says(page, 'account-closed.lead');
		await lookTwice(page);
		assert.deepEqual(statusOf(reference), ['closed', 'closed-by-person']);
		const mail = await mailOf(house, address, 'mail-account-closed', language);
		assert.match(mail.text, sentence(language, 'mail-account-closed.person'));
		/* who goes back, or clicks twice, learns the same again */
		await page.goto(page.url().replace('/account-closed', '/close-account'));
		await at(page, 'account-closed');
		/* the other browser's session is over, too */
		await other.goto(`${house.issuer}/manage?portal=ptpha`);
		await at(other, 'choose-provider');
		await other.context().close();
		portal.visits.length = 0;
		await cannotSignIn(language, user);
	});
}

test('after ten minutes the second factor is asked for, and leads back to the same page', async () => {
	const user = 'p3', app = await firstTime('en', user, 'p3@example.ca');
	await open('en');
	const reference = await toManagePage(app, user);
	house.clock.forward(11 * 60);
	await press(page, 'close');
	await at(page, 'second-factor');
	await enterCode(page, await app.fresh());
	await at(page, 'close-account');
	house.clock.forward(11 * 60);
	await press(page, 'confirm');
	await at(page, 'second-factor');
	assert.equal(statusOf(reference)[0], 'active', 'an old proof closes nothing');
	await enterCode(page, await app.fresh());
	await at(page, 'close-account');
	/* a form of another site, or of another browser, does nothing */
	assert.equal((await postFrom(page, page.url(), { action: 'confirm', csrf: 'x' })).status(), 403);
	assert.equal(statusOf(reference)[0], 'active');
	await page.goto(page.url());
	await at(page, 'close-account');
	await press(page, 'confirm');
	await at(page, 'account-closed');
	assert.deepEqual(statusOf(reference), ['closed', 'closed-by-person']);
});

test('going on to the portal instead closes nothing, and is not said to have', async () => {
	const user = 'p4', app = await firstTime('en', user, 'p4@example.ca');
	await open('en');
	await page.goto(startOf(portal));
	await chooseProvider(page);
	await proveCredential(page, user);
	await at(page, 'second-factor');
	const handle = new URL(page.url()).searchParams.get('r');
	await page.goto(`${house.issuer}/manage?r=${handle}`);
	await enterCode(page, await app.fresh());
	await at(page, 'success');
	await page.goto(`${house.issuer}/manage?r=${handle}`);
	await press(page, 'close');
	await at(page, 'close-account');
	await page.goto(`${house.issuer}/account-closed?r=${handle}`);
	await at(page, 'manage');
	await press(page, 'continue');
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	await page.goto(`${house.issuer}/close-account?r=${handle}`);
	await at(page, 'continue');
});

test('without a second factor it is the credential that is proven again', async () => {
	await open('en');
	await page.goto(startOf(house.portals.easy));
	await chooseProvider(page);
	await proveCredential(page, 'p5');
	await at(page, 'portal');
	await page.goto(`${house.issuer}/manage?portal=easy`);
	await at(page, 'manage');
	const reference = await page.locator('[data-support-reference]').first().getAttribute('data-support-reference');
	house.clock.forward(11 * 60);
	await press(page, 'close');
	await at(page, 'choose-provider');
	await chooseProvider(page);
	await proveCredential(page, 'p5');
	await at(page, 'close-account');
	await press(page, 'confirm');
	await at(page, 'account-closed');
	assert.deepEqual(statusOf(reference), ['closed', 'closed-by-person']);
});

/* Time passes, and the daemon does what is due: not just after a jump of its clock, so it starts anew. */
async function days(count) {
	house.clock.forward(count * 24 * 3600);
	await house.restart();
}

test('an account that nobody uses: its person is told 30 days before; a sign-in keeps it, and without one it is closed', async () => {
	const people = [];
	for (const [language, user] of [['en', 'p6'], ['fr', 'p7']]) {
		const app = await firstTime(language, user, `${user}@example.ca`);
		await open(language);
		people.push({ language, user, app, address: `${user}@example.ca`, reference: await toManagePage(app, user) });
	}
	const [lost, kept] = people;
	await days(699);
	assert.deepEqual(people.map(({ reference }) => statusOf(reference)[0]), ['active', 'active']);
	await days(2);
	for (const { address, language } of people)
		assert.match((await mailOf(house, address, 'mail-account-unused', language)).text, sentence(language, 'mail-account-unused.keep'));
	await open(kept.language);
	await laterVisit(page, portal, kept.app, { user: kept.user });
	portal.visits.length = 0;
	await days(31);
	assert.match((await mailOf(house, lost.address, 'mail-account-closed', lost.language)).text, sentence(lost.language, 'mail-account-closed.unused'));
	assert.deepEqual(people.map(({ reference }) => statusOf(reference).join(' ')), ['closed closed-unused', 'active ']);
	await cannotSignIn(lost.language, lost.user);
});
