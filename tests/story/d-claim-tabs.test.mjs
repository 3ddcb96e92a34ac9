/* Claims in browsers as people use them: several tabs, back, reload, double clicks, a page that has stood still, an old proof, a lost session; and forms that
 * are not ours.  Each ends on what is so, never in an error without a way out.  DESIGN.md section 2; ATTACKS F26 F31. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { at, leads, openPage, openStory, postFrom } from './browser.mjs';
import { atPart, claimsAt, claimTo, events, newcomer, show, submit, toRelink } from './claims.mjs';
import { enterCode, press } from './journey.mjs';
import { firstWalk } from './walker.mjs';

let house, browser, portal, page, owner, claimant, people = 0;
before(async () => {
	[house, browser] = await openStory({ mail: true, portals: { ptpha: {} } });
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });

/* A claimant's browser: at the part prove, with a draft about the owner's account. */
beforeEach(async () => {
	await page?.context().close();
	owner = await firstWalk(house, `p${++people}`, { address: `${people}@example.ca` });
	claimant = await newcomer(house, `p${++people}`, { portal });
	await toRelink(claimant);
	await show(claimant, { reference: owner.reference });
	page = await claimant.into(await openPage(browser));
	await atPart(page, 'prove');
});

const claims = async () => (await claimsAt(portal)).filter(({ claimed }) => claimed.support_reference === owner.reference);
const mails = async (kind) => (await house.mail.all(owner.address)).filter(({ subject }) => kind.test(subject)).length;
const isOpen = async () => (await claimTo(owner)).state === 'waiting-decision';

async function tab(part) {
	const other = await page.context().newPage();
	await other.goto(page.url());
	await atPart(other, 'prove');
	if (part === 'review')
		await submit(other, 'review');
	return other;
}

async function send() {
	await submit(page, 'review');
	await press(page, 'confirm');
	await atPart(page, 'claim');
}

/* Twice, before the first answer is there. */
async function twice(action) {
	await leads(page, () => page.locator(`button[value=${action}]`).evaluate((button) => { button.click(); button.click(); }));
	await page.locator(`button[value=${action}]`).waitFor({ state: 'detached' });
}

test('sent in one tab: whatever is pressed in the others shows the request, and takes nothing back', async () => {
	const tabs = [[await tab(), (one) => submit(one, 'forget')], [await tab(), (one) => submit(one, 'continue', { code: '123456' })],
		[await tab(), (one) => submit(one, 'review')], [await tab('review'), (one) => press(one, 'confirm')]];
	await send();
	for (const [other, act] of tabs) {
		await act(other);
		await atPart(other, 'claim');
	}
	assert.equal((await claims()).length, 1);
	assert.ok(await isOpen());
});

test('another account named in one tab: the other one’s code counts for nothing', async () => {
	const other = await tab(), second = await firstWalk(house, `p${++people}`, {});
	await submit(page, 'forget');
	await atPart(page, 'name');
	await submit(page, 'continue', { support_reference: second.reference });
	await submit(other, 'continue', { code: await owner.app.fresh() });
	await atPart(other, 'prove');
	assert.match(await other.locator('main').innerText(), new RegExp(second.reference));
	assert.equal(await other.locator('[data-factor]').getAttribute('data-factor'), '', 'it was no code of this account');
});

test('a double click on confirm is one request, one on cancel one end', async () => {
	await submit(page, 'review');
	await twice('confirm');
	await atPart(page, 'claim');
	assert.equal((await claims()).length, 1);
	await twice('cancel');
	await atPart(page, 'name');
	assert.equal((await claimTo(owner)).why, 'cancelled');
	assert.equal(events(house, 'claim-ended', (await claimTo(owner)).id).length, 2, 'one for each side');
	await house.mail.wait({ to: owner.address });
	assert.ok(await mails(/request to move your account$/) <= 1);
});

test('back and reload', async () => {
	await send();
	await page.goBack();
	await atPart(page, 'claim');
	await page.goBack();
	await atPart(page, 'claim');
	await page.reload();
	await atPart(page, 'claim');
	await submit(page, 'cancel');
	await atPart(page, 'name');
	await page.goBack();
	await atPart(page, 'name');
	await page.goto(page.url().replace('/relink', '/relink/review'));
	await atPart(page, 'name');
	await submit(page, 'continue', { support_reference: owner.reference });
	await atPart(page, 'prove');
});

test('a page of a request that has ended or was carried out meanwhile', async () => {
	await send();
	const other = await page.context().newPage();
	await other.goto(page.url());
	await atPart(other, 'claim');
	await owner.signIn();
	await submit(page, 'cancel');
	await atPart(page, 'name');
	assert.equal(await page.locator('[data-claim]').getAttribute('data-why'), 'cancelled-by-sign-in');
	await house.later(1900);	/* the session is over */
	await submit(other, 'cancel');
	await at(other, 'choose-provider');
	assert.equal((await claims()).length, 1);
});

test('after ten minutes the own second factor is asked for, and leads back to the draft', async () => {
	house.clock.forward(601);
	for (const [action, part] of [['confirm', 'review'], ['continue', 'prove'], ['old-credential', 'prove']]) {
		if (part === 'review')
			await submit(page, 'review');
		await submit(page, action, action === 'continue' ? { code: '123456' } : {});
		await at(page, 'second-factor');
		await enterCode(page, await claimant.app.fresh());
		await atPart(page, 'prove');
		house.clock.forward(601);
	}
	assert.equal((await claims()).length, 0, 'an old proof sends nothing');
});

test('a form from elsewhere, or with another one’s token, does nothing', async () => {
	await submit(page, 'review');
	const url = page.url(), r = new URL(url).searchParams.get('r'), csrf = await page.locator('input[name=csrf]').first().inputValue();
	const foreign = await page.context().newPage();
	await foreign.goto(portal.url);
	await postFrom(foreign, url, { r, csrf, action: 'confirm' });
	assert.notEqual(await foreign.locator('body').getAttribute('data-part'), 'claim');
	const stranger = await newcomer(house, `p${++people}`, { portal });
	await toRelink(stranger);
	assert.equal((await postFrom(page, url, { r, csrf: stranger.form('continue', { support_reference: '' }).form.csrf, action: 'confirm' })).status(), 403);
	assert.equal((await claims()).length, 0);
	await page.goto(url);
	await press(page, 'confirm');
	await atPart(page, 'claim');
	const claim = page.url();
	await foreign.goto(portal.url);
	await postFrom(foreign, claim, { r, csrf, action: 'cancel' });
	assert.equal((await postFrom(page, claim, { r, action: 'cancel' })).status(), 403);
	assert.ok(await isOpen());
	await page.goto(claim);
	await atPart(page, 'claim');
});
