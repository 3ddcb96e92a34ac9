/* The two flows of the users' guide, click by click: change with access, recover without; from an app to an app, to e-mail, and back.
 * In both languages.
 * ATTACKS: F09 F33, DESIGN.md section 4 (page flows). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { formError, look, openPage, openStory } from './browser.mjs';
import { at, chooseMail, chooseProvider, enrolMail, enterCode, firstVisit, firstVisitByMail, giveAddress, keepCodes, leads, mailedCode, mailOf, otherCode, press, proveCredential, recoveryCodes, says, scan, sentence, startOf, toSecondFactor } from './journey.mjs';

let house, browser, portal, page, people = 0;
before(async () => {
	[house, browser] = await openStory({ mail: true });
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(() => { portal.visits.length = 0; });

const somebody = () => `p${++people}`;

async function open(language) {
	await page?.context().close();
	page = await openPage(browser, { locale: `${language}-CA` });
}

/* What the guide says: the button or link with these words, as the person reads them. */
const choose = (language, key) => leads(page, () => page.locator('main').getByText(sentence(language, key)).first().click());

/* "Sign in, then choose Manage your two-factor authentication": from the portal. */
async function signInToManage(language, user) {
	await open(language);
	await page.goto(startOf(portal));
	await at(page, 'choose-provider');
	await choose(language, 'common.manage');
	await chooseProvider(page);
	await proveCredential(page, user);
	await at(page, 'second-factor');
}

/* The recovery code is typed where the second factor is asked for. */
async function recover(language, user, code) {
	await open(language);
	await toSecondFactor(page, portal, { user });
	await choose(language, 'second-factor.recover');
	await at(page, 'recover');
	await page.locator('input[name=recovery_code]').fill(code);
	return press(page, 'continue');
}

/* address: where the page has sent a code meanwhile. */
async function setIsDead(language, user, code, address) {
	assert.equal((await recover(language, user, code)).status(), 422);
	assert.ok(['expired', 'wrong'].includes(await formError(page)));
	if (address)
		await mailedCode(house, address, language);
}

/* The way on from the new codes: kept, told, and back to the portal under the same subject. */
async function finish(language, sub, state) {
	await keepCodes(page);
	await at(page, 'success');
	await says(page, 'success.title-changed');
	await look(page, state);
	await choose(language, 'common.to-portal');
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	assert.equal(portal.last.claims.sub, sub);
}

const changed = async (to, language, method) => {
	const mail = await mailOf(house, to, 'mail-factor-changed', language);
	assert.match(mail.text, sentence(language, `mail.method-${method}`));
};

for (const language of ['en', 'fr']) {
	const mailbox = (name) => `${name}-${language}@example.ca`;

	test(`${language}: change with access: from an app to another app`, async () => {
		const user = somebody();
		await open(language);
		const { app, codes, visit } = await firstVisit(page, house, { user });
		const elsewhere = page;
		page = undefined;
		await signInToManage(language, user);
		await enterCode(page, await app.fresh());
		await at(page, 'success');
		await look(page, 'guide-managing');
		await choose(language, 'common.change');
		await at(page, 'enrol');
		await look(page, 'guide-changing');
		const fresh = await scan(page, house.clock);
		await enterCode(page, await fresh.fresh());
		await at(page, 'recovery-codes');
		await says(page, 'recovery-codes.old');
		const set = await recoveryCodes(page);
		await finish(language, visit.claims.sub, 'app-to-app');
		await elsewhere.goto(startOf(portal));
		await at(elsewhere, 'choose-provider');	/* the other session has ended */
		await elsewhere.context().close();
		house.clock.forward(90);
		await open(language);
		await toSecondFactor(page, portal, { user });
		if (![-1, 0, 1].some((step) => fresh.show(step) === app.show()))
			assert.equal((await enterCode(page, app.show())).status(), 422, 'the old app');
		await setIsDead(language, user, codes[0]);
		await recover(language, user, set[0]);
		await at(page, 'success');
	});

	test(`${language}: change with access: from an app to e-mail, and from e-mail to an app`, async () => {
		const user = somebody(), address = mailbox('both');
		await open(language);
		const { app, codes, visit } = await firstVisit(page, house, { user });
		await signInToManage(language, user);
		await enterCode(page, await app.fresh());
		await choose(language, 'common.change');
		const second = await enrolMail(page, house, address, language);
		await finish(language, visit.claims.sub, 'app-to-mail');
		await changed(address, language, 'mail');
		await setIsDead(language, user, codes[0], address);

		await signInToManage(language, user);
		const old = await mailedCode(house, address, language);
		if (app.show() !== old)
			assert.equal((await enterCode(page, await app.fresh())).status(), 422, 'the old app');
		await enterCode(page, old);
		await at(page, 'success');
		await choose(language, 'common.change');
		const fresh = await scan(page, house.clock);
		await enterCode(page, await fresh.fresh());
		await at(page, 'recovery-codes');
		await keepCodes(page);
		await at(page, 'success');
		await changed(address, language, 'totp');
		const count = (await house.mail.all(address)).length;
		await setIsDead(language, user, second[0]);
		await press(page, 'cancel');
		await enterCode(page, await fresh.fresh());
		await at(page, 'portal');
		assert.ok(portal.last.claims.amr.includes('otp'));
		assert.equal(portal.last.claims.sub, visit.claims.sub);
		assert.equal((await house.mail.all(address)).length, count, 'no code goes to the former address');
	});

	test(`${language}: a change that is given up half-way leaves the old method, its codes and its sessions as they were (F33)`, async () => {
		const user = somebody(), address = mailbox('given-up');
		await open(language);
		const { app, codes } = await firstVisit(page, house, { user });
		const elsewhere = page;
		page = undefined;
		await signInToManage(language, user);
		await enterCode(page, await app.fresh());
		await choose(language, 'common.change');
		await chooseMail(page);
		await giveAddress(page, address);
		await at(page, 'enrol-mail-code');
		await look(page, 'changing');
		const code = await mailedCode(house, address, language);
		assert.equal((await enterCode(page, otherCode(code))).status(), 422);
		await press(page, 'cancel');
		await press(page, 'cancel');
		await at(page, 'enrol');
		const never = await scan(page, house.clock);
		await press(page, 'cancel');
		await press(page, 'cancel');
		await at(page, 'success');
		await elsewhere.goto(startOf(portal));
		await at(elsewhere, 'portal');
		await elsewhere.context().close();
		await open(language);
		await toSecondFactor(page, portal, { user });
		house.clock.forward(30);
		if (![-1, 0, 1].some((step) => app.show(step) === never.show()))
			assert.equal((await enterCode(page, never.show())).status(), 422);
		await enterCode(page, await app.fresh());
		await at(page, 'portal');
		await recover(language, user, codes[0]);
		await at(page, 'success');
		assert.equal((await house.mail.all(address)).length, 1, 'the code, and no notice');
	});

	test(`${language}: recover without access: a code, success, change, new codes; from an app that is locked (F09)`, async () => {
		const user = somebody();
		await open(language);
		const { app, codes, visit } = await firstVisit(page, house, { user });
		await open(language);
		await toSecondFactor(page, portal, { user });
		const near = [-3, -2, -1, 0, 1, 2, 3].map((step) => app.show(step));
		for (let i = 0; i < 6; i++)
			await enterCode(page, otherCode(...near));
		assert.equal(await formError(page), 'locked');
		await choose(language, 'second-factor.recover');
		await at(page, 'recover');
		await page.locator('input[name=recovery_code]').fill(codes[0]);
		await press(page, 'continue');
		await at(page, 'success');
		await says(page, 'success.title-recovered');
		assert.equal(await page.locator('main button[name=action]').first().getAttribute('value'), 'change', 'the change is offered first');
		await look(page, 'guide-recovered');

		/* Who stops there has spent the code. */
		assert.equal((await recover(language, user, codes[0])).status(), 422);
		assert.equal(await formError(page), 'used');
		await page.locator('input[name=recovery_code]').fill(codes[1]);
		await press(page, 'continue');
		await at(page, 'success');
		await choose(language, 'common.change');
		const fresh = await scan(page, house.clock);
		await enterCode(page, await fresh.fresh());
		await at(page, 'recovery-codes');
		const set = await recoveryCodes(page);
		await finish(language, visit.claims.sub, 'recovered');
		await setIsDead(language, user, codes[2]);
		await press(page, 'cancel');
		await enterCode(page, await fresh.fresh());	/* the wait was of the old app */
		await at(page, 'portal');
		assert.equal(new Set([...codes, ...set]).size, 20);
	});

	test(`${language}: recover without access: from e-mail to an app; with two codes left the person is urged to get new ones`, async () => {
		const user = somebody(), address = mailbox('lost');
		await open(language);
		const { codes, visit } = await firstVisitByMail(page, house, address, language, { user });
		for (let left = 9; left >= 2; left--) {
			await recover(language, user, codes[left]);
			await at(page, 'success');
			await says(page, 'common.codes-left', { codes_left: String(left) });
			assert.equal(await page.locator('button[value=new-codes]').count(), left <= 2 ? 1 : 0);
		}
		await says(page, 'success.low-title');
		await look(page, 'low');
		await choose(language, 'common.new-codes');
		await at(page, 'recovery-codes');
		await look(page, 'low-renewed');
		const set = await recoveryCodes(page);
		await keepCodes(page);
		await at(page, 'success');
		await mailOf(house, address, 'mail-codes-renewed', language);
		await setIsDead(language, user, codes[0]);
		await page.locator('input[name=recovery_code]').fill(set[0]);
		await press(page, 'continue');
		await at(page, 'success');
		await choose(language, 'common.change');
		const app = await scan(page, house.clock);
		await enterCode(page, await app.fresh());
		await at(page, 'recovery-codes');
		await keepCodes(page);
		await at(page, 'notice-address');	/* the mailbox told them so far: it is offered, once */
		await press(page, 'cancel');
		await at(page, 'success');
		await says(page, 'success.title-changed');
		await choose(language, 'common.to-portal');
		await at(page, 'portal');
		assert.equal(portal.last.claims.sub, visit.claims.sub);
		await changed(address, language, 'totp');
	});
}
