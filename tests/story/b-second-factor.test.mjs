/* The second factor by app: wrong, malformed, early, late and replayed codes; the throttle and its end.
 * ATTACKS: F01 F02 F07 F09 F10 F14 F15. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { formError, lookTwice, openStory, openPage } from './browser.mjs';
import { sleep } from './house.mjs';
import { at, enterCode, firstVisit, press, toSecondFactor } from './journey.mjs';

let house, browser, portal, app, page;
before(async () => {
	[house, browser] = await openStory();
	portal = house.portals.ptpha;
	({ app } = await firstVisit(await openPage(browser), house));
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(async () => {
	await page?.context().close();
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	portal.visits.length = 0;
});

/* In the middle of a step, so that the story and the service agree on which one it is. */
async function settle() {
	const into = house.clock.now() % 30000;
	if (into > 24000)
		await sleep(30500 - into);
}

const refused = async (code, name, status = 422) => {
	assert.equal((await enterCode(page, code)).status(), status);
	await at(page, 'second-factor');
	assert.equal(await formError(page), name, `"${code.slice(0, 20)}"`);
	assert.equal(portal.visits.length, 0);
};

const accepted = async (code) => {
	await enterCode(page, code);
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	assert.ok(portal.last.claims.amr.includes('otp'));
};

/* A wrong code that is no code of any near step. */
function wrong() {
	const near = new Set([-3, -2, -1, 0, 1, 2, 3].map((steps) => app.show(steps)));
	return ['111111', '222222', '333333', '444444', '555555', '666666', '777777', '888888'].find((code) => !near.has(code));
}

test('what is no code, and a wrong one, say so and cost nothing else', async () => {
	for (const [code, name] of [['', 'required'], ['12345', 'malformed'], ['1234567', 'malformed'], ['abcdef', 'malformed'], ['9'.repeat(32), 'malformed']]) {
		await refused(code, name);
		if (code.length < 6)
			await lookTwice(page, name, () => refused(code, name));
	}
	await refused(wrong(), 'wrong');
	await lookTwice(page, 'wrong', () => refused(wrong(), 'wrong'));
	await refused(wrong(), 'wrong');
	assert.equal(await page.locator('input[name=code]').inputValue(), '', 'the field is empty again');
	await accepted(await app.fresh());
});

test('spaces and hyphens are what people type', async () => {
	const code = await app.fresh();
	await accepted(` ${code.slice(0, 3)} - ${code.slice(3)} `);
});

test('a code is accepted once, and none of an older step after it (F01, F02)', async () => {
	house.clock.forward(60);
	await settle();
	const code = await app.fresh(), older = app.show(-1);
	await accepted(code);
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	portal.visits.length = 0;
	await refused(code, 'used');
	await lookTwice(page, 'used', () => refused(code, 'used'));
	await refused(older, 'used');
	await accepted(await app.fresh());
});

test('one step early and one late are accepted, two are not, now or later (F07, F14)', async () => {
	house.clock.forward(300);
	await settle();
	const early = app.show(2);
	await refused(app.show(-2), 'wrong');
	await refused(early, 'wrong');
	await accepted(app.show(-1));
	app.used = app.step() - 1;
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	await accepted(app.show(1));
	/* Who only guessed it and was told about the clock gains nothing by coming back. */
	house.clock.forward(60);
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	portal.visits.length = 0;
	await refused(early, 'wrong');
	app.used = app.step();
});

test('the fifth wrong code starts a wait that outlives the browser and the program, and ends (F09, F10)', async () => {
	await accepted(await app.fresh());	/* only a success resets the row */
	page = await openPage(browser);
	await toSecondFactor(page, portal);
	portal.visits.length = 0;
	for (let i = 0; i < 4; i++)
		await refused(wrong(), 'wrong');
	const answer = await enterCode(page, wrong());
	assert.ok([422, 429].includes(answer.status()));

	const locked = async () => {
		const response = await enterCode(page, app.show());
		assert.equal(response.status(), 429, 'even the right code has to wait');
		assert.equal(await formError(page), 'locked');
		return Number((await response.allHeaders())['retry-after']);
	};
	const wait = await locked();
	assert.ok(wait > 0 && wait <= 30, `Retry-After ${wait}`);
	await lookTwice(page, 'locked', locked);
	page = await openPage(browser, { extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' } });
	await toSecondFactor(page, portal);
	await locked();
	await house.restart('SIGKILL');
	await locked();

	house.clock.forward(31);
	const again = await enterCode(page, wrong());
	assert.ok([422, 429].includes(again.status()));
	const longer = await locked();
	assert.ok(longer > 30 && longer <= 60, `the second wait is a minute: ${longer}`);
	house.clock.forward(61);
	await accepted(await app.fresh());

	page = await openPage(browser);
	await toSecondFactor(page, portal);
	portal.visits.length = 0;
	await refused(wrong(), 'wrong');
	await accepted(await app.fresh());
});

test('a wait for the app does not block a recovery code', async () => {
	house.clock.forward(120);
	for (let i = 0; i < 5; i++)
		await enterCode(page, wrong());
	await enterCode(page, app.show());
	assert.equal(await formError(page), 'locked');
	await press(page, 'recover');
	await at(page, 'recover');
	await lookTwice(page);
});
