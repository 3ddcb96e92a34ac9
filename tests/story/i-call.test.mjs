/* A member of staff takes calls by the keyboard alone, with a telephone at the ear: signing in, finding the account, the caller's code, a deed with its
 * reason, the next caller, signing out.  What has the focus is what comes next; Enter does the obvious, and never a deed that was not chosen.
 * DESIGN.md section 5; WCAG 2.1.1 2.1.2 2.4.3 2.4.7. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, formError, leads, openPage, openStory } from './browser.mjs';
import { Caller, staffAt, state } from './caller.mjs';
import { passwords } from './simplesamlphp.mjs';

let house, browser, marie, anna, page;
before(async () => {
	[house, browser] = await openStory({ desk: true, mail: true });
	marie = await Caller.open(browser, house, 'marie', { address: 'marie@example.ca' });
	anna = await staffAt(browser, house, 'anna');
	await anna.page.context().close();
	page = await openPage(browser);
});
after(async () => { await browser?.close(); await house?.stop(); });

const key = (name) => page.keyboard.press(name);
const type = (text) => page.keyboard.type(text);
const enter = () => leads(page, () => key('Enter'));
/* Alt and the access key: Chromium goes by the text that the key has without Alt, which Playwright does not send. */
async function access(letter) {
	const devtools = await page.context().newCDPSession(page);
	const event = { modifiers: 1, key: letter, unmodifiedText: letter, windowsVirtualKeyCode: letter.toUpperCase().charCodeAt(0) };
	await devtools.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
	await devtools.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
	await devtools.detach();
}
/* The name, or the text, of what has the focus. */
const focus = () => page.evaluate(() => { const one = document.activeElement; return one.name === 'action' ? one.value : one.name || one.id || one.textContent.trim(); });

/* Tab until that has the focus: a bounded number of stops, each of them to be seen. */
async function tabTo(name) {
	for (let i = 0; i < 40; i++) {
		await key('Tab');
		assert.ok(await page.evaluate(() => { const box = document.activeElement.getBoundingClientRect(); return box.width > 0 && box.height > 0; }), 'what has the focus can be seen');
		if (await focus() === name)
			return;
	}
	assert.fail(`Tab does not lead to ${name}`);
}

test('signing in: Enter at each step', async () => {
	await page.goto(`${house.desk}/`);
	await at(page, 'desk-sign-in');
	await enter();
	await page.waitForURL((url) => url.hostname === 'staff.localhost');
	await page.locator('input[name=username]').focus();
	await type('anna');
	await page.locator('input[name=password]').focus();
	await type(passwords.anna);
	await key('Enter');
	await at(page, 'desk-code');
	assert.equal(await focus(), 'code');
	await type(await anna.app.fresh());
	await enter();
	await at(page, 'desk-look-up');
});

test('a call: the account, the caller’s code, and a deed', async () => {
	await marie.signIn();
	assert.equal(await focus(), 'reference');
	await type(marie.reference.toLowerCase());
	await enter();
	await at(page, 'desk-account');
	assert.equal(await focus(), 'caller_code', 'the code comes next');
	await type('12');
	await enter();
	assert.equal(await formError(page), 'malformed');
	assert.equal(await focus(), 'problem', 'what is wrong is read first');
	await access('v');
	assert.equal(await focus(), 'caller_code');
	const other = marie.page;
	marie.page = undefined;
	await type(await marie.pageCode());
	await enter();
	assert.equal(await page.locator('.notice.success').count(), 1);

	await access('n');
	assert.equal(await focus(), 'reason');
	await type('The caller asked');
	await key('Tab');
	assert.equal(await focus(), 'ticket');
	await type('INC-7');
	await key('Enter');
	await page.waitForTimeout(500);	/* long enough for a form to leave */
	assert.equal(await page.locator('input[name=ticket]').inputValue(), 'INC-7', 'Enter in the ticket number presses no button');
	await tabTo('end-sessions');
	await enter();
	assert.match(await page.locator('.notice.success').innerText(), /All sessions are ended/);
	assert.match(house.ctl('audit', 'tail', '20'), /end all sessions.*the caller asked for it.*INC-7/);
	await other.goto(`${house.issuer}/manage?portal=ptpha`);
	await at(other, 'choose-provider');
	await other.context().close();
});

/* Tab goes through the page from its first stop to its last and begins anew: nothing holds the focus. */
async function inOrder() {
	const stops = [];
	while (stops.length < 40 && (stops.length < 2 || stops[0] !== stops.at(-1))) {
		await key('Tab');
		stops.push(await page.evaluate(() => [...document.querySelectorAll('a, button, input, select')].indexOf(document.activeElement)));
	}
	const round = stops.slice(1), first = round.indexOf(Math.min(...round));
	assert.ok(round.length > 8 && round.length < 39, `${round.length} stops`);
	assert.deepEqual([...round.slice(first), ...round.slice(0, first)], round.toSorted((a, b) => a - b));
}

test('the keys that the buttons show: a code by mail, the next caller', async () => {
	await leads(page, () => access('c'));
	assert.match(await page.locator('.notice.success').innerText(), /on its way/);
	await leads(page, () => access('1'));
	await at(page, 'desk-look-up');
	assert.equal(await focus(), 'reference');
	await type(marie.reference);
	await key('Tab');
	await type(await marie.mailCode());
	await enter();
	assert.equal(await state(page), 'fine');
	await inOrder();
	await leads(page, () => access('2'));
	await at(page, 'desk-resets');
	await tabTo('Sign out');
	await enter();
	await at(page, 'desk-sign-in');
});
