/* Forms and cookies that were altered, borrowed or forged: refused, with nothing changed and nobody signed in.
 * ATTACKS: O07 O50 O52 O53 O58 F26 F31 S111 S112. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { jarOf, openStory, openPage, pageName, postFrom } from './browser.mjs';
import { ask, inputOf, pageOf } from './http.mjs';
import { at, chooseProvider, enterCode, firstVisit, startOf, toSecondFactor } from './journey.mjs';
import { takeAnswer } from './simplesamlphp.mjs';

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
	portal.visits.length = 0;
});

/* The page as its form, by plain HTTP with the same cookies. */
async function formOf(on) {
	const jar = await jarOf(on.context(), house.issuer), url = on.url();
	const { text } = await ask(url, { jar });
	return { jar, url, csrf: inputOf(text, 'csrf'), r: inputOf(text, 'r'), text };
}

const session = (jar) => jar.get('__Host-vestibule');
const refusedPage = (answer, statuses, what) => {
	assert.ok(statuses.includes(answer.status), `${what}: ${answer.status} ${answer.location ?? ''}`);
	if (answer.text)
		assert.equal(pageOf(answer.text), 'error', what);
};

test('a form without its token, or with another\'s (F31)', async () => {
	await toSecondFactor(page, portal);
	const { jar, url, csrf, r } = await formOf(page), code = await app.fresh();
	for (const [what, more] of [['none', { csrf: undefined }], ['empty', { csrf: '' }], ['changed', { csrf: csrf.slice(0, -2) + (csrf.endsWith('AA') ? 'BB' : 'AA') }], ['long', { csrf: 'A'.repeat(5000) }], ['of another page', { csrf: 'A'.repeat(csrf.length) }]]) {
		const form = { r, code, action: 'continue', csrf, ...more };
		if (form.csrf === undefined)
			delete form.csrf;
		refusedPage(await ask(url, { form, jar: new Map(jar) }), [403, 400], what);
	}
	const other = await openPage(browser);
	await toSecondFactor(other, portal, { user: 'marie' });
	const theirs = await formOf(other);
	refusedPage(await ask(url, { form: { r, code, action: 'continue', csrf: theirs.csrf }, jar: new Map(jar) }), [403, 400], 'another browser\'s token');
	await page.reload();
	await enterCode(page, code);
	await at(page, 'portal');
});

test('a post from another site is refused before it is read', async () => {
	await toSecondFactor(page, portal);
	const { jar, url, csrf, r } = await formOf(page);
	/* Origin: null alone is what our own pages send, since they tell no referrer. */
	for (const headers of [{ origin: 'http://evil.localhost' }, { origin: 'null', 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: `${house.issuer}.evil.example` }])
		refusedPage(await ask(url, { form: { r, csrf, code: app.show(), action: 'continue' }, headers, jar: new Map(jar) }), [403], JSON.stringify(headers));
	await page.goto(`${portal.url}/`);
	const answer = await postFrom(page, `${house.issuer}/second-factor?r=${r}`, { r, csrf, code: app.show(), action: 'continue' });
	assert.equal(answer.status(), 403);
	assert.equal(portal.visits.length, 0);
});

test('actions and fields that the page does not have', async () => {
	await toSecondFactor(page, portal);
	const { jar, url, csrf, r } = await formOf(page);
	for (const more of [{ action: 'nothing' }, { action: '' }, { action: 'confirm', kept: 'yes' }, { action: 'change' }, { action: 'new-codes' }, { action: 'resend' }]) {
		const answer = await ask(url, { form: { r, csrf, ...more }, jar: new Map(jar) });
		assert.ok([400, 403, 404, 422, 303].includes(answer.status), `${JSON.stringify(more)}: ${answer.status}`);
		if (answer.status === 303)
			assert.match(answer.location, /second-factor/, JSON.stringify(more));
	}
	const twice = await ask(url, { form: [['r', r], ['csrf', csrf], ['action', 'continue'], ['code', '000000'], ['code', app.show()]], jar: new Map(jar) });
	assert.equal(twice.status, 400, 'a field twice');
});

test('a step that is not theirs: posted straight to it (F26)', async () => {
	await toSecondFactor(page, portal);
	const { jar, csrf, r } = await formOf(page);
	for (const [path, form] of [['/enrol', { method: 'totp', action: 'continue' }], ['/enrol/app', { code: '000000', action: 'continue' }], ['/recovery-codes', { kept: 'yes', action: 'confirm' }], ['/success', { action: 'continue' }], ['/success', { action: 'change' }], ['/continue', { action: 'continue' }], ['/manage', { action: 'new-codes' }]]) {
		const answer = await ask(`${house.issuer}${path}?r=${r}`, { form: { r, csrf, ...form }, jar: new Map(jar) });
		assert.ok([303, 400, 403, 404].includes(answer.status), `${path}: ${answer.status}`);
		assert.doesNotMatch(answer.location ?? '', /code=/, path);
		assert.doesNotMatch(answer.text, /data-recovery-code|data-totp-key/, path);
	}
});

test('the sealed request: changed, cut, swapped, invented', async () => {
	await page.goto(startOf(portal));
	await at(page, 'choose-provider');
	const { jar, url, csrf, r } = await formOf(page), name = `__Host-vestibule-login-${r}`, value = jar.get(name);
	assert.ok(value, 'the cookie of the request');
	assert.ok(!Buffer.from(value, 'base64url').includes('portal.localhost'), 'sealed, not merely encoded');
	const flip = (at) => value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
	for (const [what, bad] of [['first', flip(0)], ['middle', flip(value.length >> 1)], ['last', flip(value.length - 2)], ['cut', value.slice(0, -10)], ['empty', ''], ['longer', `${value}AAAA`], ['not base64', '"<>"'], ['long', 'A'.repeat(4000)]])
		refusedPage(await ask(url, { form: { r, csrf, provider: 'gckey', action: 'continue' }, jar: new Map(jar).set(name, bad) }), [400, 403], what);
	await page.goto(startOf(portal));
	const second = await formOf(page);
	refusedPage(await ask(second.url, { form: { r: second.r, csrf: second.csrf, provider: 'gckey', action: 'continue' }, jar: new Map(second.jar).set(`__Host-vestibule-login-${second.r}`, value) }), [400, 403], 'another request\'s');
	for (const handle of ['', 'a', 'A'.repeat(16), '../../etc', 'a'.repeat(5000), '%00', '<script>'])
		assert.ok([400, 403, 404].includes((await ask(`${house.issuer}/sign-in?r=${encodeURIComponent(handle)}`, { jar: second.jar })).status), handle.slice(0, 10));
	for (const provider of ['', 'nobody', 'GCKEY', '../gckey', 'a'.repeat(4000)]) {
		const answer = await ask(second.url, { form: { r: second.r, csrf: second.csrf, provider, action: 'continue' }, jar: new Map(second.jar) });
		assert.ok([400, 422].includes(answer.status), `provider ${provider.slice(0, 10)}: ${answer.status}`);
	}
});

test('the session cookie: fixed beforehand, guessed, changed (O50, O52)', async () => {
	const fixed = Buffer.alloc(32, 7).toString('base64url');
	await page.context().addCookies([{ name: '__Host-vestibule', value: fixed, url: house.issuer, secure: true, httpOnly: true, sameSite: 'Lax' }].map(({ url, ...rest }) => ({ ...rest, domain: 'auth.localhost', path: '/' })));
	await toSecondFactor(page, portal);
	const early = session(await jarOf(page.context(), house.issuer));
	assert.notEqual(early, fixed, 'a new one at the credential');
	const answer = await ask(page.url(), { jar: (await jarOf(page.context(), house.issuer)).set('__Host-vestibule', fixed) });
	assert.notEqual(pageOf(answer.text), 'second-factor', 'the planted one is nobody\'s');
	await enterCode(page, await app.fresh());
	await at(page, 'portal');
	const late = session(await jarOf(page.context(), house.issuer));
	assert.notEqual(late, early, 'and at the second factor');
	const { url } = await portal.request({ prompt: 'none' });
	for (const value of [early, fixed, late.slice(0, -1), `${late}A`, late.toUpperCase(), '', 'x'.repeat(3000)]) {
		const reply = await ask(url, { jar: new Map([['__Host-vestibule', value]]) });
		assert.doesNotMatch(reply.location ?? '', /[?&]code=/, value.slice(0, 12));
	}
	assert.match((await ask(url, { jar: new Map([['__Host-vestibule', late]]) })).location, /[?&]code=/);
});

test('another person\'s request in this browser: no mixing (O58)', async () => {
	await page.goto(startOf(portal));
	await at(page, 'choose-provider');
	const mine = await formOf(page), other = await openPage(browser);
	await toSecondFactor(other, portal);
	const theirs = await formOf(other);
	const jar = new Map([...theirs.jar, ...mine.jar]);
	const cross = await ask(`${house.issuer}/second-factor?r=${theirs.r}`, { jar: new Map([...mine.jar, ['__Host-vestibule-login-x', 'x']]) });
	assert.notEqual(pageOf(cross.text), 'second-factor', 'a handle alone is worth nothing');
	const without = new Map(jar);
	without.delete('__Host-vestibule');
	const bare = await ask(`${house.issuer}/second-factor?r=${theirs.r}`, { jar: without });
	assert.notEqual(pageOf(bare.text), 'second-factor', 'a request without its session neither');
});

test('login CSRF: a stranger\'s answer in a browser that did not ask (S112)', async () => {
	const stranger = await openPage(browser);
	await stranger.goto(startOf(portal));
	await chooseProvider(stranger);
	const taken = await takeAnswer(stranger);	/* the stranger's own good answer */
	await page.goto(startOf(portal));	/* a victim with a request of their own */
	await at(page, 'choose-provider');
	const own = [...(await jarOf(page.context(), house.issuer)).keys()].find((name) => name.startsWith('__Host-vestibule-login-')).slice(-16);
	await page.goto(`${portal.url}/`);
	for (const RelayState of [taken.RelayState, own]) {
		const answer = await postFrom(page, `${house.issuer}/saml/acs`, { SAMLResponse: taken.SAMLResponse, RelayState });
		assert.ok(answer.status() >= 400 && answer.status() < 600, `${answer.status()}`);
		assert.equal(await pageName(page), 'error');
		assert.equal(session(await jarOf(page.context(), house.issuer)), undefined, 'no session');
		await page.goto(`${portal.url}/`);
	}
});

test('language links lead nowhere else (S111, O54)', async () => {
	for (const query of ['to=fr&back=https://evil.example/', 'to=fr&back=//evil.example', 'to=fr&back=/\\evil.example', 'to=fr&back=javascript:alert(1)', 'to=xx&back=/sign-in', 'to=fr', 'to=fr&back=/%0d%0aSet-Cookie:a=b', 'to=fr&back=/token', 'to=fr&to=en&back=/sign-in', `to=fr&r=${'a'.repeat(5000)}&back=/sign-in`]) {
		const answer = await ask(`${house.issuer}/language?${query}`);
		assert.ok(answer.status < 500, query);
		assert.ok(!answer.cookies.some((cookie) => cookie.startsWith('a=')));
		if (answer.location)
			assert.equal(new URL(answer.location, house.issuer).origin, house.issuer, query);
	}
});
