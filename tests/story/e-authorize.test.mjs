/* The authorization endpoint, asked by hand: what redirects, what must not, and prompt, max_age, acr_values.
 * ATTACKS: O01 O04 O07 O08 O10 O16 O34 O35 O36 O37 O38 O40 O42 O60, and the list of 3.2. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jarOf, openStory, openPage, pageName } from './browser.mjs';
import { ask, pageOf } from './http.mjs';
import { at, chooseProvider, firstVisit, laterVisit, startOf } from './journey.mjs';

let house, browser, page, portal, app, jar, first;
before(async () => {
	[house, browser] = await openStory({ portals: { ptpha: {}, employer: { auth: 'client_secret_basic' } } });
	portal = house.portals.ptpha;
	page = await openPage(browser);
	({ app, visit: first } = await firstVisit(page, house));
	jar = await jarOf(page.context(), house.issuer);
});
after(async () => { await browser?.close(); await house?.stop(); });

/* Parameters of a good request, changed; values may be lists. */
async function authorize(more = {}, { by = 'GET', cookies } = {}) {
	const { url } = await portal.request();
	const query = new URLSearchParams(url.search);
	for (const [name, value] of Object.entries(more)) {
		query.delete(name);
		for (const one of [value ?? []].flat())
			query.append(name, one);
	}
	return by === 'GET' ? ask(`${house.issuer}/authorize?${query}`, { jar: cookies }) : ask(`${house.issuer}/authorize`, { form: query, jar: cookies });
}

/* An error page of ours, and no way to the outside. */
function shown(answer, what) {
	assert.equal(answer.status, 400, what);
	assert.equal(answer.location, undefined, what);
	assert.equal(pageOf(answer.text), 'error', what);
}

/* The error as the portal reads it. */
function returned(answer, error, what = error) {
	assert.equal(answer.status, 303, what);
	const url = new URL(answer.location);
	assert.equal(`${url.origin}${url.pathname}`, portal.redirectUri, what);
	assert.equal(url.searchParams.get('iss'), house.issuer, 'RFC 9207');
	assert.ok([error].flat().includes(url.searchParams.get('error')), `${what}: ${url.search}`);
	assert.ok(!url.searchParams.has('code'));
	assert.match(url.searchParams.get('error_description') ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
	for (const name of url.searchParams.keys())
		assert.ok(['error', 'error_description', 'error_uri', 'state', 'iss'].includes(name), name);
	return url.searchParams;
}

test('redirect URIs are compared character by character (O01, O10, the list of 3.2)', async () => {
	const good = portal.redirectUri, { host, port } = new URL(portal.url), origin = portal.url;
	const bad = [
		`${good}/`, `${origin}/CALLBACK`, good.replace('http', 'HTTP'), good.replace('http:', 'https:'), `http://portal.localhost:1/callback`, `${good}?x=1`, `${good}#f`, `${good}#`,
		`${good}/./`, `${origin}/%63allback`, `${good}%00`, `${good}\u0000`, `${good}%0d%0aSet-Cookie:a=b`, `${good}\r\nSet-Cookie:a=b`, `${origin}@evil.example/callback`, `http://evil.example\\@${host}/callback`,
		`http://portal.localhost.evil.example:${port}/callback`, `http://evilportal.localhost:${port}/callback`, `http://portal.localhost%252eevil:${port}/callback`, `http:/${host}/callback`,
		`//${host}/callback`, `///${host}/callback`, 'callback', '/callback', `http:////${host}/callback`, `${good};x`, `${good};@evil`, `http://portal.localhost.:${port}/callback`,
		`http://pоrtal.localhost:${port}/callback`, `http://portal。localhost:${port}/callback`, `${good}%E2%80%AE`, `${good} `, ` ${good}`, `${good}\t`,
		`javascript:alert(1)//${good}`, 'data:text/html,<script>alert(1)</script>', 'file:///etc/passwd', `http://[::1]:${port}/callback`, `http://localhost:${port}/callback`,
		`http://2130706433:${port}/callback`, `http://127.0.0.1:${port}/callback`, `${good}?code=x&state=y`, house.portals.employer.redirectUri, 'https://example.com/', '*', `${origin}/*`,
	];
	for (const uri of bad)
		shown(await authorize({ redirect_uri: uri }, { cookies: jar }), uri);
	shown(await authorize({ redirect_uri: [good, `${origin}/other`] }), 'two');
	shown(await authorize({ redirect_uri: [good, good] }), 'the same twice');
	shown(await authorize({ redirect_uri: '' }), 'empty');
	shown(await authorize({ redirect_uri: null }), 'missing');
	const { url } = await portal.request();
	url.searchParams.delete('redirect_uri');
	shown(await ask(url, { form: { redirect_uri: `${origin}/other` } }), 'one in the body, the rest in the query');
});

test('an unknown client gets a page, whatever else is right', async () => {
	for (const id of ['nobody', 'PTPHA', 'ptpha ', 'ptpha\u0000', '', '../ptpha', "ptpha' or '1'='1", 'a'.repeat(4000)])
		shown(await authorize({ client_id: id }), id.slice(0, 30));
	shown(await authorize({ client_id: 'employer' }), 'another portal\'s client id with this redirect URI');
	shown(await authorize({ client_id: ['ptpha', 'ptpha'] }), 'twice');
});

test('PKCE with S256, from every client (O05, O08)', async () => {
	returned(await authorize({ code_challenge: null, code_challenge_method: null }), 'invalid_request');
	returned(await authorize({ code_challenge_method: 'plain' }), 'invalid_request');
	returned(await authorize({ code_challenge_method: null }), 'invalid_request', 'plain is the default of RFC 7636');
	returned(await authorize({ code_challenge_method: 's256' }), 'invalid_request');
	for (const challenge of ['short', 'a'.repeat(44), 'a'.repeat(42) + '=', 'a'.repeat(42) + '+', ''])
		returned(await authorize({ code_challenge: challenge }), 'invalid_request', challenge);
});

test('response types and modes (O16, O34)', async () => {
	for (const type of ['token', 'id_token', 'code token', 'code id_token', 'none', 'CODE'])
		returned(await authorize({ response_type: type }), ['unsupported_response_type', 'invalid_request'], type);
	returned(await authorize({ response_type: null }), ['invalid_request', 'unsupported_response_type']);
	for (const mode of ['web_message', 'query.jwt', 'form_post', 'fragment', 'x'])
		shown(await authorize({ response_mode: mode }), mode);
	returned(await authorize({ request: 'e30.e30.' }), 'request_not_supported');
	returned(await authorize({ request_uri: 'http://169.254.169.254/' }), 'request_uri_not_supported');
	returned(await authorize({ scope: 'profile' }), 'invalid_scope');
	returned(await authorize({ scope: null }), 'invalid_scope');
});

test('every parameter twice is refused, in query and body alike (O35)', async () => {
	const { url } = await portal.request();
	for (const [name, value] of url.searchParams) {
		for (const by of ['GET', 'POST']) {
			const answer = await authorize({ [name]: [value, value] }, { by });
			if (name === 'client_id' || name === 'redirect_uri')
				shown(answer, `${name} twice by ${by}`);
			else
				assert.equal(returned(answer, 'invalid_request', `${name} twice by ${by}`).get('state') === null, name === 'state', `state with ${name} twice`);
		}
	}
	for (const broken of ['nonce=%zz', 'nonce=%80', '%zz=1', 'nonce=%'])
		returned(await ask(`${url}&${broken}`), 'invalid_request', broken);
	for (const broken of ['client_id=%zz', 'redirect_uri=%80'])
		shown(await ask(`${url}&${broken}`), broken);
	shown(await ask(`${url}${'&x=1'.repeat(100)}`), 'more than are read');
	const array = await authorize({ scope: null, 'scope[]': 'openid' });
	returned(array, 'invalid_scope');
});

test('the request by POST, unknown parameters, display, login_hint, claims_locales are tolerated (1.2)', async () => {
	for (const [more, by] of [[{}, 'POST'], [{ unknown: 'x' }], [{ display: 'page' }], [{ display: 'popup' }], [{ login_hint: 'marie' }], [{ claims_locales: 'fr' }], [{ state: null }], [{ nonce: null }], [{ scope: 'openid profile email' }]]) {
		const answer = await authorize(more, { by, cookies: new Map() });
		assert.equal(answer.status, 303, JSON.stringify(more));
		assert.match(answer.location, /\/sign-in\?r=[a-z2-7]+$/, JSON.stringify(more));
	}
});

test('login_hint tells nothing of who is enrolled (O42)', async () => {
	const texts = await Promise.all(['marie', 'nobody', first.claims.sub].map(async (hint) => {
		const cookies = new Map(), answer = await authorize({ login_hint: hint }, { cookies });
		return (await ask(new URL(answer.location, house.issuer), { jar: cookies })).text.replace(/(r|csrf)(=|" value=")[A-Za-z0-9_-]+/g, '');
	}));
	assert.equal(texts[0], texts[1]);
	assert.equal(texts[0], texts[2]);
});

test('state and nonce come back whole, or are refused (O38)', async () => {
	for (const length of [0, 1, 384, 2048, 4096, 65536]) {
		for (const name of ['state', 'nonce']) {
			const value = 'x'.repeat(length), by = length > 4000 ? 'POST' : 'GET';
			const answer = await authorize({ [name]: value || null }, { cookies: new Map(jar), by });
			if ([400, 413, 414].includes(answer.status))
				assert.ok(length > 384, `${name} of ${length} bytes is refused`);
			else if (new URL(answer.location, house.issuer).searchParams.has('error'))
				assert.ok(length > 384 && !(returned(answer, 'invalid_request').get('state') ?? '').startsWith('xxx'), `${name} of ${length} bytes is never cut`);
			else if (name === 'state')
				assert.equal(new URL(answer.location).searchParams.get('state') ?? '', value, `${length} bytes`);
		}
	}
	for (const value of ['a b', 'é', '<script>', 'a&b=c', 'a%0d%0ab', '"\'\\', '🙂'])
		assert.equal(new URL((await authorize({ state: value }, { cookies: new Map(jar) })).location).searchParams.get('state'), value);
});

test('no byte of a parameter reaches a header raw, nor a page unescaped (O36, O37)', async () => {
	for (const name of ['state', 'nonce', 'ui_locales', 'client_id', 'login_hint', 'prompt', 'acr_values', 'scope', 'unknown']) {
		for (const value of ['a\r\nSet-Cookie: evil=1', '\u0080\u00ff', '<script>alert(1)</script>', '"><img src=x>', 'x'.repeat(3000)]) {
			const answer = await authorize({ [name]: value });
			assert.ok(answer.status < 500, `${name} ${answer.status}`);
			assert.ok(!answer.cookies.some((cookie) => cookie.startsWith('evil')));
			assert.match(answer.location ?? '', /^[\x21-\x7e]*$/);
			assert.ok(!answer.text.includes('<script>alert') && !answer.text.includes('<img src=x>'), name);
		}
	}
});

test('the Host header and its like decide nothing (O12, O43, O60)', async () => {
	for (const headers of [{ host: 'evil.example' }, { 'x-forwarded-host': 'evil.example' }, { forwarded: 'host=evil.example;proto=https' }, { 'x-forwarded-proto': 'https' }]) {
		const answer = await ask(`${house.issuer}/.well-known/openid-configuration`, { headers });
		if (answer.status === 200)
			assert.equal(JSON.parse(answer.text).issuer, house.issuer);
		else
			assert.ok([400, 421].includes(answer.status), String(answer.status));
		assert.ok(!answer.text.includes('evil'));
	}
});

test('prompt (O40)', async () => {
	returned(await authorize({ prompt: 'none' }), ['login_required', 'interaction_required'], 'none, without a session');
	const silent = new URL((await authorize({ prompt: 'none' }, { cookies: new Map(jar) })).location);
	assert.ok(silent.searchParams.has('code'), 'none, with a session');
	for (const prompt of ['none login', 'login none', 'create', 'x', 'none none'])
		returned(await authorize({ prompt }, { cookies: new Map(jar) }), 'invalid_request', prompt);
	const again = await authorize({ prompt: 'login' }, { cookies: new Map(jar) });
	assert.match(again.location, /\/sign-in\?r=/, 'login asks again');
	const hint = await authorize({ prompt: 'none', id_token_hint: first.tokens.id_token }, { cookies: new Map(jar) });
	assert.ok(new URL(hint.location).searchParams.has('code'), 'id_token_hint of the same person');
	for (const bad of ['x', `${first.tokens.id_token.slice(0, -6)}AAAAAA`, first.tokens.access_token])
		assert.ok(!(await authorize({ prompt: 'none', id_token_hint: bad }, { cookies: new Map(jar) })).location.includes('code='), 'a bad hint');
});

test('prompt=login is a new sign-in of the same subject, later', async () => {
	house.clock.forward(5);
	const visit = await laterVisit(page, portal, app, { params: { prompt: 'login' } });
	assert.equal(visit.claims.sub, first.claims.sub);
	assert.ok(visit.claims.auth_time > first.claims.auth_time);
});

test('max_age (O40)', async () => {
	jar = await jarOf(page.context(), house.issuer);
	for (const age of ['-1', '1e18', 'abc', '1.5', '99999999999999999999', ' 1'])
		returned(await authorize({ max_age: age }, { cookies: new Map(jar) }), 'invalid_request', age);
	assert.match((await authorize({ max_age: '0' }, { cookies: new Map(jar) })).location, /\/sign-in\?r=/, '0 acts as prompt=login');
	await page.goto(startOf(portal, { max_age: '10000' }));
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	house.clock.forward(3);
	returned(await authorize({ max_age: '1', prompt: 'none' }, { cookies: new Map(jar) }), ['login_required', 'interaction_required']);
	const visit = await laterVisit(page, portal, app, { params: { max_age: '1' } });
	assert.ok(Math.abs(visit.claims.auth_time * 1000 - house.clock.now()) < 60000);
});

test('acr_values: what was reached is told, never more', async () => {
	for (const acr of ['urn:gc-ca:cyber-auth:assurance:loa2', 'urn:vestibule:acr:loa2-totp', 'urn:vestibule:acr:loa2-totp urn:gc-ca:cyber-auth:assurance:loa2', 'urn:unknown', 'x '.repeat(300).trim()]) {
		await page.goto(startOf(portal, { acr_values: acr }));
		if (await pageName(page) === 'choose-provider') {
			await chooseProvider(page);
			assert.fail(`acr_values=${acr.slice(0, 40)} asked again`);
		}
		await at(page, 'portal');
		if (portal.last.error)
			assert.ok(['unmet_authentication_requirements', 'access_denied', 'invalid_request'].includes(portal.last.params.error), `${acr.slice(0, 40)}: ${portal.last.error}`);
		else
			assert.equal(portal.last.claims.acr, 'urn:vestibule:acr:loa2-totp');
	}
});

test('at most eight pending requests in a browser, none over 4 KB', async () => {
	const other = await openPage(browser);
	for (let i = 0; i < 11; i++)
		await other.goto(startOf(portal, { state: `${i}-${'s'.repeat(1500)}` }));
	const cookies = (await other.context().cookies(house.issuer)).filter(({ name }) => name.startsWith('__Host-vestibule-login-'));
	assert.ok(cookies.length <= 8, `${cookies.length}`);
	assert.ok(cookies.every(({ name, value }) => name.length + value.length < 4096));
	await at(other, 'choose-provider');
	await chooseProvider(other);
});
