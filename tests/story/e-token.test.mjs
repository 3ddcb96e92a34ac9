/* The token endpoint and UserInfo: codes are used once and only by their portal; portals prove who they are.
 * ATTACKS: O05 O08 O09 O17 O21 O22 O23 O24 O26 O29 O31 O35. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { decodeJwt, SignJWT } from 'jose';
import { jarOf, openStory, openPage } from './browser.mjs';
import { ask } from './http.mjs';
import { firstVisit } from './journey.mjs';

let house, browser, keyed, secret, jars = new Map(), first;
before(async () => {
	[house, browser] = await openStory({ portals: { ptpha: {}, employer: { auth: 'client_secret_basic' } } });
	({ ptpha: keyed, employer: secret } = house.portals);
	for (const [portal, user] of [[keyed, 'marie'], [secret, 'louis']]) {
		const page = await openPage(browser);
		({ visit: first } = await firstVisit(page, house, { portal, user }));
		jars.set(portal, await jarOf(page.context(), house.issuer));
		await page.context().close();
	}
});
after(async () => { await browser?.close(); await house?.stop(); });

const code = (portal) => portal.code(new Map(jars.get(portal)));
const form = (portal, { code: value, verifier }, more = {}) => ({ grant_type: 'authorization_code', code: value, redirect_uri: portal.redirectUri, code_verifier: verifier, ...more });
const token = (fields, headers = {}, more = {}) => ask(`${house.issuer}/token`, { form: fields, headers, ...more });
const basic = (id, value) => ({ authorization: `Basic ${Buffer.from(`${id}:${value}`).toString('base64')}` });

function refused(answer, error, what = error, status = [400, 401]) {
	assert.ok(status.includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
	const body = JSON.parse(answer.text);
	assert.ok([error].flat().includes(body.error), `${what}: ${answer.text}`);
	assert.match(body.error_description ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
	assert.match(answer.headers['cache-control'], /no-store/);
	assert.ok(!/access_token|id_token/.test(answer.text));
}

function given(answer, what) {
	assert.equal(answer.status, 200, `${what}: ${answer.text}`);
	assert.match(answer.headers['cache-control'], /no-store/);
	return JSON.parse(answer.text);
}

test('a code is good once; a second use ends what came of the first (O21, 1.2 rows 28, 29)', async () => {
	const got = await code(secret);
	const { access_token: access } = given(await token(form(secret, got), basic(secret.id, secret.secret)), 'first use');
	const userinfo = () => ask(`${house.issuer}/userinfo`, { headers: { authorization: `Bearer ${access}` } });
	assert.equal((await userinfo()).status, 200);
	refused(await token(form(secret, got), basic(secret.id, secret.secret)), 'invalid_grant');
	assert.equal((await userinfo()).status, 401);
});

test('fifty at once: one token (O20)', async () => {
	const got = await code(secret);
	const answers = await Promise.all(Array.from({ length: 50 }, () => token(form(secret, got), basic(secret.id, secret.secret))));
	assert.equal(answers.filter(({ status }) => status === 200).length, 1);
	assert.ok(answers.every(({ status }) => [200, 400].includes(status)));
});

test('a code is bound to its verifier, redirect URI and portal (O05, O08, O22)', async () => {
	for (const [more, error] of [
		[{ code_verifier: undefined }, ['invalid_grant', 'invalid_request']], [{ code_verifier: 'x'.repeat(43) }, 'invalid_grant'], [{ code_verifier: 'short' }, ['invalid_grant', 'invalid_request']],
		[{ redirect_uri: `${secret.redirectUri}/` }, 'invalid_grant'], [{ redirect_uri: keyed.redirectUri }, 'invalid_grant'], [{ redirect_uri: undefined }, ['invalid_grant', 'invalid_request']],
		[{ code: 'x'.repeat(43) }, 'invalid_grant'], [{ code: '' }, 'invalid_request'], [{ code: undefined }, 'invalid_request'],
		[{ grant_type: 'password' }, 'unsupported_grant_type'], [{ grant_type: 'implicit' }, 'unsupported_grant_type'], [{ grant_type: undefined }, 'invalid_request'],
	]) {
		const fields = form(secret, await code(secret), more);
		for (const name of Object.keys(fields))
			if (fields[name] === undefined)
				delete fields[name];
		refused(await token(fields, basic(secret.id, secret.secret)), error, JSON.stringify(more));
	}
	refused(await token(form(keyed, await code(keyed)), basic(secret.id, secret.secret)), 'invalid_grant', 'another portal\'s code');
});

test('a stranger burns nothing', async () => {
	const got = await code(secret);
	refused(await token(form(secret, got)), 'invalid_client');
	refused(await token(form(secret, got), basic(secret.id, 'x'.repeat(40))), 'invalid_client');
	given(await token(form(secret, got), basic(secret.id, secret.secret)), 'the portal, afterwards');
});

/* The operator hears of a jump; nobody is refused for it (F08). */
async function jumped(way, seconds) {
	const answer = await ask(`http://127.0.0.1:${house.operations}/health/ready`);
	const { ready, notes } = JSON.parse(answer.text);
	assert.equal(answer.status, 200);
	assert.equal(ready, true);
	const [, told, by] = /jumped (\w+) by (\d+) s/.exec(notes[0]);
	assert.equal(told, way);
	assert.ok(Math.abs(by - seconds) <= 2, notes[0]);
	assert.match(await house.metrics(), /^vestibule_clock_jumps_total [1-9]/m);
}

test('a code lives sixty seconds, and a used one stays used over a restart (O23)', async () => {
	const late = await code(secret);
	house.clock.forward(61);
	refused(await token(form(secret, late), basic(secret.id, secret.secret)), 'invalid_grant', '61 s');
	const back = await code(secret);
	house.clock.forward(-3600);
	assert.notEqual((await token(form(secret, back), basic(secret.id, secret.secret))).status, 500, 'the clock an hour back');
	await jumped('back', 3600);
	house.clock.forward(3600);
	await jumped('forward', 3600);
	const once = await code(secret), kept = await code(secret);
	given(await token(form(secret, once), basic(secret.id, secret.secret)), 'before');
	await house.restart('SIGKILL');
	refused(await token(form(secret, once), basic(secret.id, secret.secret)), 'invalid_grant', 'after kill -9');
	given(await token(form(secret, kept), basic(secret.id, secret.secret)), 'an unused one, after kill -9');
});

test('only POST, only a form, each parameter once (O24, O35)', async () => {
	const got = await code(secret), fields = form(secret, got), credentials = basic(secret.id, secret.secret);
	const get = await ask(`${house.issuer}/token?${new URLSearchParams(fields)}`, { headers: credentials });
	assert.equal(get.status, 405);
	const json = await ask(`${house.issuer}/token`, { method: 'POST', headers: { ...credentials, 'content-type': 'application/json' }, body: JSON.stringify(fields) });
	assert.ok([400, 415].includes(json.status), String(json.status));
	const query = await ask(`${house.issuer}/token?${new URLSearchParams(fields)}`, { form: {}, headers: credentials });
	assert.equal(query.status, 400, 'parameters in the address do not count');
	for (const name of Object.keys(fields))
		refused(await token([...Object.entries(fields), [name, fields[name]]], credentials), 'invalid_request', `${name} twice`);
	assert.equal((await token({ ...fields, more: 'x'.repeat(1 << 20) }, credentials).catch(() => ({ status: 413 }))).status, 413);
	given(await token(fields, credentials), 'and none of that used the code');
});

test('client secrets (O31)', async () => {
	const got = await code(secret), fields = form(secret, got), id = secret.id, value = secret.secret;
	for (const [what, headers, more, error] of [
		['wrong', basic(id, `${value}x`), {}, 'invalid_client'], ['empty', basic(id, ''), {}, 'invalid_client'], ['prefix', basic(id, value.slice(0, -1)), {}, 'invalid_client'],
		['unknown', basic('nobody', value), {}, 'invalid_client'], ['another client\'s', basic('ptpha', value), {}, 'invalid_client'],
		['not base64', { authorization: 'Basic !!!' }, {}, ['invalid_client', 'invalid_request']], ['no colon', { authorization: `Basic ${Buffer.from('x').toString('base64')}` }, {}, ['invalid_client', 'invalid_request']],
		['in header and body', basic(id, value), { client_id: id, client_secret: value }, ['invalid_request', 'invalid_client']],
		['in the body', {}, { client_id: id, client_secret: value }, 'invalid_client'],
		['header of one, client_id of another', basic(id, value), { client_id: 'ptpha' }, ['invalid_request', 'invalid_client']],
		['Bearer', { authorization: `Bearer ${value}` }, {}, ['invalid_client', 'invalid_request']],
	]) {
		const answer = await token({ ...fields, ...more }, headers);
		refused(answer, error, what);
		if (headers.authorization?.startsWith('Basic') && answer.status === 401)
			assert.match(answer.headers['www-authenticate'] ?? '', /^Basic/, what);
	}
	given(await token({ ...fields, client_id: id }, { authorization: `Basic ${Buffer.from(`${id.replace('e', '%65')}:${value}`).toString('base64')}` }), 'form-encoded in Basic (RFC 6749 2.3.1)');
});

/* A client assertion, changed: header and claims to merge; a key of another kind. */
async function assertion({ header = {}, claims = {}, key = keyed.keys.privateKey, drop = [] } = {}) {
	const now = Math.floor(house.clock.now() / 1000);
	const body = { iss: 'ptpha', sub: 'ptpha', aud: house.issuer, jti: randomUUID(), iat: now, exp: now + 60, ...claims };
	drop.forEach((name) => delete body[name]);
	return new SignJWT(body).setProtectedHeader({ alg: 'ES256', kid: keyed.jwk.kid, ...header }).sign(key);
}

const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const asserted = (jwt, more = {}) => ({ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: jwt, ...more });

test('client assertions (O17, O29)', async () => {
	const got = await code(keyed), fields = form(keyed, got), now = Math.floor(house.clock.now() / 1000);
	const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
	const good = await assertion(), [head, body, signature] = good.split('.'), claims = decodeJwt(good);
	const spki = keyed.keys.publicKey.export({ type: 'spki', format: 'pem' });
	const hmac = `${b64({ alg: 'HS256', kid: keyed.jwk.kid })}.${body}`;
	const raw = (text) => `${head}.${b64(text)}.${signature}`;
	const bad = {
		'alg none': `${b64({ alg: 'none' })}.${body}.`, 'alg None': `${b64({ alg: 'None', kid: keyed.jwk.kid })}.${body}.${signature}`,
		'HS256 with the public key': `${hmac}.${createHmac('sha256', spki).update(hmac).digest('base64url')}`,
		'stranger\'s key': await assertion({ key: stranger }), 'RS256': await assertion({ key: rsa, header: { alg: 'RS256' } }), 'unknown kid': await assertion({ header: { kid: 'other' }, key: stranger }),
		'kid traversal': await assertion({ header: { kid: '../../etc/passwd' }, key: stranger }), 'kid URL': await assertion({ header: { kid: 'http://169.254.169.254/' }, key: stranger }),
		'jku': await assertion({ header: { jku: `${keyed.url}/jwks` }, key: stranger }), 'x5u': await assertion({ header: { x5u: `${keyed.url}/x` }, key: stranger }),
		'jwk': await assertion({ header: { jwk: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' } }, key: stranger }),
		'crit': `${b64({ alg: 'ES256', kid: keyed.jwk.kid, crit: ['x'], x: 1 })}.${body}.${signature}`,
		'b64=false': `${b64({ alg: 'ES256', kid: keyed.jwk.kid, b64: false, crit: ['b64'] })}.${body}.${signature}`,
		'no signature': `${head}.${body}.`, 'signature cut': `${head}.${body}.${signature.slice(0, -8)}`, 'two signatures': `${good}.${signature}`, 'JSON serialisation': JSON.stringify({ protected: head, payload: body, signature }),
		'five parts': `${good}.a.b`, 'empty': '', 'padding': `${head}=.${body}.${signature}`, 'white space': ` ${good}`, 'claims changed': raw({ ...claims, exp: now + 100 }),
		'iss is not sub': await assertion({ claims: { iss: 'employer' } }), 'both another client': await assertion({ claims: { iss: 'employer', sub: 'employer' } }), 'no sub': await assertion({ drop: ['sub'] }), 'no iss': await assertion({ drop: ['iss'] }),
		'no aud': await assertion({ drop: ['aud'] }), 'aud array': await assertion({ claims: { aud: [house.issuer] } }), 'aud two': await assertion({ claims: { aud: [house.issuer, 'https://evil.example'] } }),
		'aud token endpoint': await assertion({ claims: { aud: `${house.issuer}/token` } }), 'aud slash': await assertion({ claims: { aud: `${house.issuer}/` } }), 'aud other': await assertion({ claims: { aud: 'https://evil.example' } }),
		'no exp': await assertion({ drop: ['exp'] }), 'exp past': await assertion({ claims: { exp: now - 400, iat: now - 460 } }), 'exp text': await assertion({ claims: { exp: String(now + 60) } }),
		'exp negative': await assertion({ claims: { exp: -1 } }), 'exp far': await assertion({ claims: { exp: now + 86400 } }), 'iat future': await assertion({ claims: { iat: now + 600, exp: now + 660 } }),
		'nbf future': await assertion({ claims: { nbf: now + 600 } }), 'no jti': await assertion({ drop: ['jti'] }),
	};
	for (const [what, jwt] of Object.entries(bad))
		refused(await token({ ...fields, ...asserted(jwt) }), ['invalid_client', 'invalid_request'], what);
	refused(await token({ ...fields, ...asserted(good, { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }) }), ['invalid_client', 'invalid_request'], 'saml2-bearer');
	refused(await token({ ...fields, ...asserted(good, { client_id: 'employer' }) }), ['invalid_client', 'invalid_request'], 'client_id of another');
	refused(await token({ ...fields, ...asserted(good) }, basic(secret.id, secret.secret)), ['invalid_request', 'invalid_client'], 'two methods at once');
	assert.equal(keyed.visits.length, 1, 'no key was fetched from the portal');
	given(await token({ ...fields, ...asserted(await assertion()) }), 'a good one, and none of that used the code');
});

test('an assertion is good once', async () => {
	const jwt = await assertion();
	given(await token({ ...form(keyed, await code(keyed)), ...asserted(jwt) }), 'first');
	refused(await token({ ...form(keyed, await code(keyed)), ...asserted(jwt) }), 'invalid_client', 'again');
});

test('claims given twice in an assertion are refused', async () => {
	const now = Math.floor(house.clock.now() / 1000);
	const body = b64(`{"iss":"ptpha","iss":"ptpha","sub":"ptpha","aud":"${house.issuer}","jti":"${randomUUID()}","iat":${now},"exp":${now + 60}}`);
	const input = `${b64({ alg: 'ES256', kid: keyed.jwk.kid })}.${body}`;
	const signature = sign('sha256', Buffer.from(input), { key: keyed.keys.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
	refused(await token({ ...form(keyed, await code(keyed)), ...asserted(`${input}.${signature}`) }), ['invalid_client', 'invalid_request']);
});

test('UserInfo takes access tokens of its own and nothing else (O09, O26)', async () => {
	const tokens = given(await token(form(secret, await code(secret)), basic(secret.id, secret.secret)), 'tokens');
	const userinfo = (headers, more = {}) => ask(`${house.issuer}/userinfo`, { headers, ...more });
	const bearer = (value) => ({ authorization: `Bearer ${value}` });
	for (const answer of [await userinfo(bearer(tokens.access_token)), await userinfo(bearer(tokens.access_token), { method: 'POST' }), await userinfo({}, { form: { access_token: tokens.access_token } })]) {
		assert.equal(answer.status, 200, answer.text);
		assert.equal(JSON.parse(answer.text).sub, decodeJwt(tokens.id_token).sub);
	}
	const [head, body, signature] = tokens.access_token.split('.');
	for (const [what, value] of Object.entries({
		'ID token': tokens.id_token, 'ID token of another portal': first.tokens.id_token, 'signature cut': `${head}.${body}.${signature.slice(0, -4)}`, 'alg none': `${b64({ alg: 'none', typ: 'at+jwt' })}.${body}.`,
		'nothing': '', 'noise': 'x', 'claims changed': `${head}.${b64({ ...decodeJwt(tokens.access_token), sub: 'other' })}.${signature}`,
	})) {
		const answer = await userinfo(bearer(value));
		assert.equal(answer.status, 401, what);
		assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/, what);
	}
	assert.equal((await userinfo({})).status, 401);
	assert.ok([400, 401].includes((await ask(`${house.issuer}/userinfo?access_token=${tokens.access_token}`)).status), 'never in an address');
	assert.ok([400, 401].includes((await userinfo(bearer(tokens.access_token), { form: { access_token: tokens.access_token } })).status), 'one method at a time');
	house.clock.forward(301);
	assert.equal((await userinfo(bearer(tokens.access_token))).status, 401, 'after five minutes');
});
