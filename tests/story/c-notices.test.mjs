/* Notices: the address for them, what comes to it and to the methods' own addresses, and the link "this was not me".  In both languages.
 * ATTACKS: F24 F31 F34, DESIGN.md section 4. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { formError, look, lookTwice, openPage, openStory, postFrom } from './browser.mjs';
import { ask } from './http.mjs';
import { at, chooseMail, enrolMail, enterCode, giveAddress, keepCodes, leads, mailedCode, mailOf, otherCode, press, recoveryCodes, says, scan, sentence, takeNotices, toEnrol, toManage, toSecondFactor } from './journey.mjs';

const desk = 'helpdesk@example.ca';
let house, browser, portal, page, people = 0;
before(async () => {
	[house, browser] = await openStory({ mail: { rows: { reports_to: desk } } });
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(() => { portal.visits.length = 0; });

const somebody = () => `p${++people}`;

async function open(language) {
	await page?.context().close();
	page = await openPage(browser, { locale: `${language}-CA` });
}

async function notice(to, kind, language) {
	const mail = await mailOf(house, to, kind, language);
	assert.match(mail.text, sentence(language, `${kind}.lead`), 'what happened, when, and where');
	assert.match(mail.text, /VB-[0-9A-Z]{4}-[0-9A-Z]{4}/);
	assert.ok(!new RegExp(sentence(language === 'en' ? 'fr' : 'en', `${kind}.lead`).source.slice(0, 20)).test(mail.text), 'in one language');
	return mail;
}

/* A first visit with an app and an address for notices; ends at the portal. */
async function firstWithNotices(language, user, address) {
	await open(language);
	await toEnrol(page, portal, { user });
	const app = await scan(page, house.clock);
	await enterCode(page, await app.fresh());
	const codes = await recoveryCodes(page);
	await keepCodes(page);
	await takeNotices(page, house, address, language);
	await at(page, 'portal');
	return { app, codes };
}

async function manage(language, user, app) {
	await open(language);
	await toManage(page, house, { user });
	await enterCode(page, await app.fresh());
	await at(page, 'success');
}

/* The page behind the link in a mail, in a browser that was never here. */
async function follow(mail, language) {
	await open(language);
	await page.goto(house.mail.link(mail, /not-me/));
	await at(page, 'not-me');
	return page.locator('body').getAttribute('data-state');
}

for (const language of ['en', 'fr']) {
	const mailbox = (name) => `${name}-${language}@example.ca`;

	test(`${language}: an address for notices is offered once after an app, may be skipped, and is proven by a code`, async () => {
		const address = mailbox('offered'), user = somebody();
		await open(language);
		await toEnrol(page, portal, { user });
		const app = await scan(page, house.clock);
		await enterCode(page, await app.fresh());
		await keepCodes(page);
		await at(page, 'notice-address');
		await lookTwice(page);
		for (const [typed, name] of [['', 'required'], ['nobody', 'malformed']]) {
			assert.equal((await giveAddress(page, typed)).status(), 422);
			assert.equal(await formError(page), name);
			await look(page, name);
		}
		await giveAddress(page, address);
		await at(page, 'notice-address');
		await lookTwice(page, 'code');
		const mail = await mailOf(house, address, 'mail-code', language), code = house.mail.code(mail);
		assert.match(mail.text, sentence(language, 'mail-code.notice'));
		const type = async (typed) => {
			await page.locator('input[name=code]').fill(typed);
			return press(page, 'confirm');
		};
		for (const [typed, name] of [['', 'required'], ['12', 'malformed'], [otherCode(code), 'wrong']]) {
			assert.equal((await type(typed)).status(), 422);
			assert.equal(await formError(page), name);
			await look(page, `code-${name}`);
		}
		await press(page, 'resend');
		await says(page, 'mail-sent.again');
		await look(page, 'code-again');
		assert.equal(await mailedCode(house, address, language), code);
		await press(page, 'change');
		assert.equal(await page.locator('input[name=email]').count(), 1);
		await giveAddress(page, address);
		assert.equal(await mailedCode(house, address, language), code);
		await press(page, 'cancel');
		await at(page, 'portal');
		assert.deepEqual((await house.mail.all(address)).filter(({ subject }) => !sentence(language, 'mail-code.subject').test(subject)), [], 'an address that was not proven gets no notices');

		await manage(language, user, app);	/* it is not offered again, but it can be set */
		await leads(page, () => page.locator('main a[href*="/manage"]').first().click());
		await at(page, 'manage');
		await says(page, 'manage.notices-none');
		await leads(page, () => page.getByText(sentence(language, 'manage.notices-add')).click());
		await takeNotices(page, house, address, language);
		await at(page, 'manage');
		await says(page, 'manage.notices-to', { notice_address: 'o•••@e•••.ca' });
		await look(page, 'notices');
		await notice(address, 'mail-address-changed', language);
	});

	test(`${language}: each act is told, at the old and the new address (F34)`, async () => {
		const [first, second, method] = [mailbox('first'), mailbox('second'), mailbox('method')], user = somebody();
		const { app, codes } = await firstWithNotices(language, user, first);
		await notice(first, 'mail-address-changed', language);
		await manage(language, user, app);
		await page.goto(page.url().replace('/success', '/notice-address'));
		await at(page, 'notice-address');
		await says(page, 'notice-address.present', { present: 'f•••@e•••.ca' });
		await look(page, 'present');
		await takeNotices(page, house, second, language);
		await at(page, 'manage');
		for (const to of [first, second])
			assert.match((await notice(to, 'mail-address-changed', language)).text, /s•••@e•••\.ca/);
		await press(page, 'new-codes');
		const set = await recoveryCodes(page);
		await keepCodes(page);
		for (const to of [first, second])
			await notice(to, 'mail-codes-renewed', language);
		await at(page, 'success');
		await leads(page, () => page.locator('main a[href*="/manage"]').first().click());
		await press(page, 'change');
		await enrolMail(page, house, method, language);
		await keepCodes(page);
		await at(page, 'success');
		for (const to of [first, second, method])
			await notice(to, 'mail-factor-changed', language);
		assert.ok(![...codes, ...set].some((code) => page.url().includes(code)));
		await open(language);
		await toSecondFactor(page, portal, { user });
		const code = await mailedCode(house, method, language);
		for (let i = 0; i < 5; i++)
			await enterCode(page, otherCode(code));
		for (const to of [first, second, method])
			await notice(to, 'mail-factor-locked', language);
		house.clock.forward(31 * 86400);	/* an address that was replaced is told for thirty days */
		await open(language);
		await toSecondFactor(page, portal, { user });
		await enterCode(page, await mailedCode(house, method, language));
		await at(page, 'portal');
		const before = (await house.mail.all(first)).length;
		await open(language);
		await toManage(page, house, { user });
		await enterCode(page, await mailedCode(house, method, language));
		await page.goto(page.url().replace('/success', '/manage'));
		await press(page, 'new-codes');
		for (const to of [second, method])
			await notice(to, 'mail-codes-renewed', language);
		assert.equal((await house.mail.all(first)).length, before);
	});

	test(`${language}: "this was not me": looking changes nothing; the button freezes, ends sessions and tokens, and tells the help desk`, async () => {
		const address = mailbox('not-me'), user = somebody();
		const { app, codes } = await firstWithNotices(language, user, address);
		const { tokens } = portal.last, old = await notice(address, 'mail-address-changed', language);
		await open(language);
		await toSecondFactor(page, portal, { user });
		await press(page, 'recover');
		await page.locator('input[name=recovery_code]').fill(codes[0]);
		await press(page, 'continue');
		await at(page, 'success');
		const thief = page;
		page = undefined;
		const mail = await notice(address, 'mail-recovery-used', language), link = house.mail.link(mail, /not-me/);
		const userinfo = () => ask(`${house.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
		assert.equal((await userinfo()).status, 200);

		for (const method of ['GET', 'HEAD', 'GET'])
			await ask(link, { method });
		assert.equal(await follow(mail, language), 'asking');
		await says(page, 'not-me.question');
		assert.ok(sentence(language, 'mail-recovery-used.lead', { portal_name: language === 'en' ? 'Portal ptpha' : 'Portail ptpha' }).test(await page.locator('main').innerText()), 'what it is about');
		await lookTwice(page, 'asking');
		assert.equal((await ask(link, { form: { action: 'confirm', csrf: 'A'.repeat(43) } })).status, 400);
		assert.equal((await ask(link, { form: { action: 'confirm' } })).status, 400);
		assert.equal((await userinfo()).status, 200, 'nothing has changed so far');
		await thief.reload();
		await at(thief, 'success');
		await press(page, 'confirm');
		assert.equal(await page.locator('body').getAttribute('data-state'), 'done');
		await look(page, 'done');
		assert.equal((await userinfo()).status, 401);
		await thief.reload();
		await at(thief, 'choose-provider');
		await thief.context().close();
		const frozen = await notice(address, 'mail-account-frozen', language);
		assert.ok(!/https?:/.test(frozen.text), 'nothing to follow in it');
		const reference = /VB-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(mail.text)[0];
		const report = await mailOf(house, desk, 'mail-report-not-me', language);
		assert.ok(report.text.includes(reference) && report.text.includes(mail.subject), report.text);
		assert.ok(!report.raw.includes(address) && !report.text.includes(user), 'no personal data');

		assert.equal(await follow(mail, language), 'over');
		await look(page, 'over');
		assert.equal((await follow(old, language)), 'asking', 'the link of another notice still works');

		await manage(language, user, app);	/* sign-in goes on; changes do not */
		const success = page.url();
		await page.goto(success.replace('/success', '/manage'));
		await says(page, 'manage.frozen-title');
		await look(page, 'frozen');
		assert.equal(await page.locator('button[value=change], button[value=new-codes], a[href*="notice-address"]').count(), 0, 'what is refused is not offered');
		const stopped = async (act) => {
			const response = await act();
			assert.equal(response.status(), 403);
			await at(page, 'error');
			assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'frozen');
			assert.equal(await page.locator('[data-support-reference]').getAttribute('data-support-reference'), reference);
		};
		const to = (name) => page.goto(success.replace('/success', `/${name}`));
		await to('success');
		const r = new URL(success).searchParams.get('r'), csrf = await page.locator('input[name=csrf]').first().inputValue();
		await stopped(() => press(page, 'change'));
		await look(page, 'frozen');
		for (const action of ['change', 'new-codes'])
			await stopped(() => postFrom(page, success.replace('/success', '/manage'), { r, csrf, action }));
		await stopped(() => to('notice-address'));
		await to('enrol');
		assert.ok(!['enrol', 'enrol-totp', 'enrol-mail'].includes(await page.locator('body').getAttribute('data-page')));
		await open(language);
		await toSecondFactor(page, portal, { user });
		await enterCode(page, await app.fresh());
		await at(page, 'portal');
		assert.equal(portal.last.error, undefined);

		house.ctl('account', 'unfreeze', reference);
		assert.throws(() => house.ctl('account', 'unfreeze', reference));
		await manage(language, user, app);
		await press(page, 'change');
		await at(page, 'enrol');
		house.clock.forward(31 * 86400);
		assert.equal(await follow(old, language), 'over', 'older than thirty days');
		await page.goto(`${house.issuer}/not-me`);
		assert.equal(await page.locator('body').getAttribute('data-state'), 'over');
	});

	test(`${language}: a notice survives SIGKILL right after the act (F34)`, async () => {
		const address = mailbox('killed'), user = somebody();
		await open(language);
		await house.mail.stop();
		await toEnrol(page, portal, { user });
		await chooseMail(page);
		await giveAddress(page, address);
		await at(page, 'enrol-mail-code');
		await house.mail.start();
		house.clock.forward(31);
		await enterCode(page, await mailedCode(house, address, language));
		await at(page, 'recovery-codes');
		await notice(address, 'mail-factor-enrolled', language);
		await keepCodes(page);
		await at(page, 'portal');
		await open(language);
		await toManage(page, house, { user });
		await enterCode(page, await mailedCode(house, address, language));
		await at(page, 'success');
		await page.goto(page.url().replace('/success', '/manage'));
		await house.mail.stop();
		await press(page, 'new-codes');
		await house.restart('SIGKILL');
		await house.mail.start();
		house.clock.forward(31);
		await notice(address, 'mail-codes-renewed', language);
		house.clock.forward(120);
		await house.restart();
		assert.equal((await house.mail.all(address)).filter(({ subject }) => sentence(language, 'mail-codes-renewed.subject').test(subject)).length, 1, 'once');
	});
}
