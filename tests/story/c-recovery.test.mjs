/* A recovery code instead of the app: accepted once, in any spelling people copy; wrong ones are counted.
 * ATTACKS: F09, DESIGN.md section 4. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { formError, look, lookTwice, openStory, openPage } from './browser.mjs';
import { at, enterCode, firstVisit, keepCodes, press, recoveryCodes, scan, toSecondFactor } from './journey.mjs';

let house, browser, portal, codes, page, first;
before(async () => {
	[house, browser] = await openStory();
	portal = house.portals.ptpha;
	({ codes, visit: first } = await firstVisit(await openPage(browser), house));
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(async () => {
	await page?.context().close();
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	await press(page, 'recover');
	await at(page, 'recover');
	portal.visits.length = 0;
});

const enter = async (code) => {
	await page.locator('input[name=recovery_code]').fill(code);
	return press(page, 'continue');
};

async function refused(code, name, status = 422) {
	assert.equal((await enter(code)).status(), status);
	assert.equal(await formError(page), name);
}

test('a code recovers the account; success offers to change the second factor first', async () => {
	await lookTwice(page);
	await enter(codes[0]);
	await at(page, 'success');
	await lookTwice(page);
	assert.ok(await page.locator('button[name=action][value=change]').count() === 1);
	await press(page, 'continue');
	await at(page, 'portal');
	const { claims, error } = portal.last;
	assert.equal(error, undefined);
	assert.equal(claims.sub, first.claims.sub);
	assert.ok(claims.amr.includes('rc') && !claims.amr.includes('otp'), String(claims.amr));
});

test('a used code is dead; others live, in lower case and without separators', async () => {
	await refused(codes[0], 'used');
	await lookTwice(page, 'used', () => refused(codes[0], 'used'));
	await enter(codes[1].toLowerCase().replaceAll('-', ' '));
	await at(page, 'success');
});

test('what is no code, and wrong codes', async () => {
	for (const [code, name] of [['', 'required'], ['hello', 'malformed'], ['0'.repeat(codes[2].replace(/[ -]/g, '').length), 'wrong']]) {
		await refused(code, name);
		await lookTwice(page, name, () => refused(code, name));
	}
	await enter(codes[2]);
	await at(page, 'success');
});

test('guessing is stopped', async () => {
	const guess = '0'.repeat(codes[2].replace(/[ -]/g, '').length);
	let status;
	for (let i = 0; i < 6; i++)
		status = (await enter(guess)).status();
	assert.equal(status, 429);
	assert.equal(await formError(page), 'locked');
	await refused(codes[3], 'locked', 429);	/* even a right code has to wait */
	await lookTwice(page, 'locked', () => refused(codes[3], 'locked', 429));
	house.clock.forward(31);
	await enter(codes[3]);
	await at(page, 'success');
});

test('change: a new app and a new set of codes; the old set is dead', async () => {
	await enter(codes[4]);
	await at(page, 'success');
	await press(page, 'change');
	const app = await scan(page, house.clock);
	await enterCode(page, await app.fresh());
	await at(page, 'recovery-codes');
	const fresh = await recoveryCodes(page);
	assert.equal(new Set([...codes, ...fresh]).size, codes.length + fresh.length);
	await keepCodes(page);
	await at(page, 'success');
	await look(page, 'changed');
	await press(page, 'continue');
	await at(page, 'portal');
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	await press(page, 'recover');
	assert.equal((await enter(codes[5])).status(), 422);
	assert.ok(['expired', 'wrong'].includes(await formError(page)));
	await enter(fresh[0]);
	await at(page, 'success');
});
