/* Every state of an account as a supervisor sees it, every refusal and every page of the console that other stories do not pass, in both languages: readable
 * for everybody (axe-core, 320 px), headline and sentences to read aloud; and the same states for the ticketing tool. DESIGN.md section 5. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { at, formError, leads, look, lookTwice, openPage, openStory, postFrom } from './browser.mjs';
import { staffAt, state, takeCall } from './caller.mjs';
import { vouch } from './desk.mjs';
import { build, source } from './house.mjs';
import { ask } from './http.mjs';
import { enterCode, says } from './journey.mjs';

const secret = 'S3cret-of-the-ticketing-tool-0123456789';
let house, browser, page, accounts;
before(async () => {
	[house, browser] = await openStory({ mail: true, desk: { secret, looks_hour: 500, looks_day: 500 } });
	({ page } = await staffAt(browser, house, 'sam'));
});
after(async () => { await browser?.close(); await house?.stop(); });

/* -> [{ word, reference, credential, factor, mail }]: a state, and the caller codes that are good for some minutes */
function make() {
	const said = execFileSync(path.join(build, 'tests/story/desk_accounts'), [house.file, 'ptpha'], { encoding: 'utf8', env: { ...process.env, ...house.clock.env } });
	return said.trim().split('\n').map((line) => line.split(' ')).map(([word, reference, credential, factor, mail]) => ({ word, reference, credential, factor, mail }));
}
const of = (word) => accounts.find((one) => one.word === word);

const api = JSON.parse(fs.readFileSync(path.join(source, 'doc/openapi-desk.json'), 'utf8'));
const asked = async (reference, caller_code) => JSON.parse((await ask(`${house.desk}/api/v1/look-ups`, {
	method: 'POST', headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ support_reference: reference, agent: 'a-1', caller_code }),
})).text);

test('every state, before and after a caller code, in both languages', async () => {
	accounts = make();
	const words = api.components.schemas.State.properties.state.enum;
	assert.deepEqual([...new Set(accounts.map((one) => one.word))].sort(), [...words].sort(), 'each word that the document has');
	for (const one of accounts) {
		await takeCall(page, house, one.reference);
		assert.equal(await state(page), one.word);
		/* its state, how to be verified (where a page shows a code), what nobody asks for */
		const sentences = ['refused', 'unlinked', 'moved', 'closed'].includes(one.word) ? 2 : 3;
		assert.equal(await page.locator('.say[lang=en]').count(), sentences, one.word);
		assert.equal(await page.locator('.say[lang=fr]').count(), sentences, one.word);
		await takeCall(page, house, one.reference, one.factor);
		await at(page, 'desk-account');
		assert.equal(await state(page), one.word);
		assert.ok(!/\{|\}|undefined/.test(await page.locator('main').innerText()));
		const keys = await page.locator('[accesskey]').evaluateAll((all) => all.map((item) => item.accessKey));
		assert.equal(new Set(keys).size, keys.length, `${one.word}: each key once`);
		await lookTwice(page, one.word);
	}
	const recovery = accounts.filter((one) => one.word === 'disabled')[1];
	await takeCall(page, house, recovery.reference);
	await says(page, 'desk-say.no-recovery');
});

test('the ticketing tool hears the same word', async () => {
	accounts = make();
	for (const one of accounts) {
		const json = await asked(one.reference, one.factor);
		assert.equal(json.state, one.word);
		assert.ok(json.headline.length > 10 && json.verified);
	}
});

/* What a button that should not have been there says. */
test('every refusal of a deed, in words', async () => {
	for (const [word, action, codes, verdict] of [
		['fine', 'clear-wait', ['credential'], 'nothing'], ['disabled', 'clear-wait', ['credential'], 'disabled'],
		['no-factor', 'send-caller-code', [], 'no-address'], ['fine', 'start-reset', ['credential', 'factor'], 'proof'], ['closed', 'start-reset', ['credential', 'mail'], 'status'],
		['no-factor', 'start-reset', ['credential', 'mail'], 'no-factor'], ['frozen', 'start-reset', ['credential', 'mail'], 'frozen'], ['reset-asked', 'start-reset', ['credential', 'mail'], 'open'],
	]) {
		accounts = make();	/* a code is good once */
		await takeCall(page, house, of(word).reference);
		for (const code of codes)
			await give(of(word)[code]);
		const csrf = await page.locator('main input[name=csrf]').first().inputValue();
		await postFrom(page, page.url(), { csrf, action, reason: 'caller-asked' });
		assert.equal(await page.locator('.notice[data-error]').getAttribute('data-error'), verdict, `${word}: ${action}`);
		await look(page, `refused-${verdict}`);
	}
});

async function give(code) {
	await page.locator('input[name=caller_code]').fill(code);
	await leads(page, () => page.locator('button[value=verify]').click());
	assert.equal(await page.locator('.notice.success').count(), 1, 'a code is taken');
}

test('the look-up: each mistake, and a case that is over', async () => {
	accounts = make();
	const one = of('fine');
	const wrong = ['111111', '222222', '333333', '444444', '555555', '666666', '777777', '888888'].filter((code) => ![one.credential, one.factor, one.mail].includes(code));
	await takeCall(page, house, one.reference, one.factor);
	await takeCall(page, house, one.reference, one.factor);
	assert.equal(await formError(page), 'used');
	await lookTwice(page, 'code-used', () => takeCall(page, house, one.reference, one.factor));
	for (const code of wrong.slice(0, 5)) {
		await takeCall(page, house, one.reference, code);
		assert.equal(await formError(page), 'wrong');
	}
	await look(page, 'code-wrong');
	await takeCall(page, house, one.reference, one.mail);
	assert.equal(await formError(page), 'locked');
	await lookTwice(page, 'code-locked', () => takeCall(page, house, one.reference, one.mail));
	await page.goto(`${house.desk}/?why=over`);
	await says(page, 'desk-look-up.over');
	await lookTwice(page, 'over');
});

test('the list of resets: one to approve, one that waits, one just approved', async () => {
	await page.goto(`${house.desk}/resets`);
	assert.ok(await page.locator('button[value=approve]').count() > 0);
	await lookTwice(page, 'several');
	await leads(page, () => page.locator('button[value=approve]').first().click());
	await lookTwice(page, 'approved');
	await leads(page, () => page.locator('button[value=stop]').first().click());
	await says(page, 'desk-done.stop-reset');
	await lookTwice(page, 'stopped');
});

test('pages of the sign-in and of errors', async () => {
	const other = await openPage(browser);
	for (const why of ['ended', 'cancelled']) {
		await other.goto(`${house.desk}/sign-in?why=${why}`);
		await lookTwice(other, why);
	}
	await other.goto(`${house.desk}/saml/acs`);
	await at(other, 'desk-error');
	await look(other, 'method');
	await vouch(other, house, 'vera');
	await enterCode(other, '000000');
	assert.equal(await formError(other), 'wrong');
	await lookTwice(other, 'wrong', () => enterCode(other, '000000'));
	await forged(other);
	await other.context().close();
	await page.goto(`${house.desk}/audit`);
	assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'desk-power');
	await lookTwice(page, 'power');
	for (const [name, action] of [['unverified', 'start-reset'], ['bad-request', 'dance'], ['forbidden', 'verify']]) {
		await takeCall(page, house, of('fine').reference);
		const csrf = name === 'forbidden' ? '' : await page.locator('main input[name=csrf]').first().inputValue();
		await postFrom(page, page.url(), { csrf, action });
		assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), `desk-${name}`);
		await look(page, name);
	}
});

/* An answer that is none, to a sign-in that was begun. */
async function forged(other) {
	await other.context().clearCookies();
	await other.goto(`${house.desk}/sign-in`);
	const sent = other.waitForRequest(/[?&]SAMLRequest=/);
	await other.locator('main button').click();
	const RelayState = new URL((await sent).url()).searchParams.get('RelayState');
	await other.waitForURL((url) => url.hostname === 'staff.localhost');
	await postFrom(other, `${house.desk}/saml/acs`, { SAMLResponse: Buffer.from('<Response/>').toString('base64'), RelayState });
	assert.equal(await other.locator('[data-reason]').getAttribute('data-reason'), 'desk-provider-answer-invalid');
	await look(other, 'provider-answer-invalid');
}
