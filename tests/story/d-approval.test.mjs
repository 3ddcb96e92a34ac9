/* Approval: a person enrols and waits, the portal's owner decides by vestibulectl, a mail tells, the person goes on; refused; let in late;
 * forgotten.  In both languages.  DESIGN.md section 3; ATTACKS A02. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { look, lookTwice, openPage, openStory } from './browser.mjs';
import { at, chooseProvider, enterCode, keepCodes, mailOf, press, proveCredential, says, scan, sentence, skipNotices, startOf, takeNotices, toEnrol, toSecondFactor } from './journey.mjs';

let house, browser, agency, page, people = 0;
const ctl = (...args) => JSON.parse(house.ctl('--json', ...args));
before(async () => {
	[house, browser] = await openStory({ mail: true, portals: { agency: { admission: 'approval' } } });
	({ agency } = house.portals);
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(() => { agency.visits.length = 0; });

async function open(language) {
	await page?.context().close();
	page = await openPage(browser, { locale: `${language}-CA` });
}

const reference = () => page.locator('[data-support-reference]').first().getAttribute('data-support-reference');

/* A new person, who enrols an app and gives an address for notices (or none), and waits. */
async function wait(language, address) {
	const user = `p${++people}`;
	await open(language);
	await toEnrol(page, agency, { user });
	const app = await scan(page, house.clock);
	await enterCode(page, await app.fresh());
	await keepCodes(page);
	await (address ? takeNotices(page, house, address, language) : skipNotices(page));
	await at(page, 'waiting-approval');
	return { user, app, reference: await reference() };
}

async function comeBack(language, { user, app }) {
	await open(language);
	await toSecondFactor(page, agency, { user });
	return enterCode(page, await app.fresh());
}

async function ended(reason) {
	await at(page, 'error');
	assert.equal(new URL(page.url()).pathname, '/account-ended');
	assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), reason);
	for (const part of ['title', 'reason', 'next'])
		await says(page, `error.${reason}.${part}`);
}

for (const language of ['en', 'fr']) {
	const mailbox = (name) => `${name}-${language}@example.ca`;

	test(`${language}: waits, is approved, is told by mail, goes on`, async () => {
		const address = mailbox('approved'), person = await wait(language, address);
		await says(page, 'waiting-approval.mail');
		assert.ok(!(await page.locator('main').innerText()).includes(address), 'the address is masked');
		assert.match(await page.locator('main').innerText(), new RegExp(person.reference));
		await lookTwice(page, 'mail');
		await press(page, 'continue');
		await at(page, 'waiting-approval');
		for (const path of ['/continue', '/success', '/manage', '/account-ended', '/recovery-codes', '/enrol', '/admission']) {
			await page.goto(`${house.issuer}${path}${new URL(page.url()).search}`);
			await at(page, 'waiting-approval');
		}
		assert.equal(agency.visits.length, 0, 'the portal has heard of nobody');
		assert.equal(ctl('account', 'show', person.reference).status, 'waiting-approval');
		await comeBack(language, person);
		await at(page, 'waiting-approval');

		assert.deepEqual(ctl('account', 'approve', person.reference), { support_reference: person.reference, status: 'active' });
		const mail = await mailOf(house, address, 'mail-approved', language);
		assert.match(mail.text, sentence(language, 'mail-approved.lead'));
		assert.ok(mail.text.includes(agency.url) && mail.html.includes(`href="${agency.url}`));
		assert.ok(mail.text.includes(person.reference));
		await press(page, 'continue');
		await at(page, 'portal');
		assert.equal(agency.last.error, undefined);
		const { sub } = agency.last.claims;
		await comeBack(language, person);
		await at(page, 'portal');
		assert.equal(agency.last.claims.sub, sub);
		assert.throws(() => house.ctl('account', 'approve', person.reference), /does not wait for approval: it is open/);
		assert.throws(() => house.ctl('account', 'refuse', person.reference), /does not wait for approval: it is open/);
	});

	test(`${language}: refused, with a way on; let in late`, async () => {
		const address = mailbox('refused'), person = await wait(language, address);
		assert.equal(ctl('account', 'refuse', person.reference).status, 'refused');
		assert.match((await mailOf(house, address, 'mail-refused', language)).text, sentence(language, 'mail-refused.next'));
		assert.equal((await press(page, 'continue')).status(), 403);
		await ended('account-refused');
		assert.equal(await reference(), person.reference);
		assert.match(await page.locator('main').innerText(), new RegExp(person.reference));
		assert.match(await page.locator('header').innerText(), /Port(al|ail) agency/);
		await lookTwice(page, 'refused');
		/* Who comes again is not held in the session of that account. */
		await page.goto(startOf(agency));
		await at(page, 'choose-provider');
		await open(language);
		await page.goto(startOf(agency));
		await at(page, 'choose-provider');
		assert.throws(() => house.ctl('account', 'refuse', person.reference), /it was refused by the portal's owner/);

		assert.equal(ctl('account', 'approve', person.reference).status, 'active');
		await mailOf(house, address, 'mail-approved', language);
		await comeBack(language, person);
		await at(page, 'portal');
		assert.equal(agency.last.error, undefined);
	});

	test(`${language}: nobody decides: closed, told, and not opened by a late yes; without an address no mail is promised`, async () => {
		const address = mailbox('undecided'), person = await wait(language, address), silent = await wait(language);
		await says(page, 'waiting-approval.no-mail');
		await look(page, 'no-mail');
		ctl('account', 'approve', silent.reference);
		/* A clock that jumps under a running daemon lets nothing fall due for ten minutes. */
		await house.daemon.stop();
		house.clock.forward(30 * 24 * 3600 + 5);
		await house.start();
		assert.match((await mailOf(house, address, 'mail-undecided', language)).text, sentence(language, 'mail-undecided.then'));
		assert.equal(ctl('account', 'show', person.reference).status, 'closed');
		assert.throws(() => house.ctl('account', 'approve', person.reference), /does not wait for approval: it is closed/);
		await open(language);
		await page.goto(startOf(agency));
		await chooseProvider(page);
		await proveCredential(page, person.user);
		await ended('account-closed');
		await lookTwice(page, 'closed');
		await comeBack(language, silent);
		await at(page, 'portal');
	});
}

test('the tool: what is wrong is said, and the audit knows who decided what', () => {
	assert.throws(() => house.ctl('account', 'approve', 'VB-0000-0000'), /there is no account with the support reference/);
	assert.throws(() => house.ctl('account', 'refuse', 'nobody'), /is no support reference/);
	const said = (name) => ctl('audit', 'tail', '1000').filter(({ event }) => event === name).map(({ what }) => what);
	assert.ok(said('approval-decided').some((what) => /let in by the portal’s owner.*the operator/.test(what)), String(said('approval-decided')));
	assert.ok(said('approval-decided').some((what) => /refused by the portal’s owner/.test(what)));
	assert.ok(said('account-created').every((what) => /waiting for the portal’s owner|approv/.test(what)), String(said('account-created')));
});
