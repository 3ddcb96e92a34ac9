/* The interface for portals' own programs: a token by client_credentials; invite, approve, refuse, look, end sessions; what it refuses, and that
 * a portal sees nothing of another one.
 * DESIGN 6.3; RFC 6749 4.4, RFC 6750, RFC 7523, RFC 9068, RFC 9457. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { at, openPage, openStory } from './browser.mjs';
import { ask } from './http.mjs';
import { chooseProvider, enterCode, firstVisit, keepCodes, press, proveCredential, scan, startOf } from './journey.mjs';

let house, browser, invites, approves, other, legacy, page, app, sub, person;
before(async () => {
	[house, browser] = await openStory({
		portals: { invites: { admission: 'invitation' }, approves: { admission: 'approval' }, other: {}, legacy: { auth: 'client_secret_basic' } },
	});
	({ invites, approves, other, legacy } = house.portals);
	page = await openPage(browser);
	({ app, visit: person } = await firstVisit(page, house, { portal: other, user: 'marie' }));
	sub = person.claims.sub;
});
after(async () => { await browser?.close(); await house?.stop(); });

const token = (form, headers = {}) => ask(`${house.issuer}/token`, { form, headers });
const read = (answer, status, what) => {
	assert.equal(answer.status, status, `${what ?? ''} ${answer.status} ${answer.text}`);
	return answer.json ?? JSON.parse(answer.text);
};

/* A problem of that name, and nothing else in it. */
function problem(answer, status, name, what = name) {
	assert.equal(answer.status, status, `${what}: ${answer.status} ${answer.text}`);
	assert.equal(answer.headers['content-type'], 'application/problem+json', what);
	assert.equal(answer.json.type, `urn:vestibule:problem:${name}`, what);
	assert.equal(answer.json.status, status);
	assert.match(answer.json.instance, /^urn:vestibule:request:\w+$/);
	assert.match(answer.headers['cache-control'], /no-store/);
	return answer.json;
}

/* Enrol an app with a new credential, to wherever it leads. */
async function arrive(portal, user) {
	const own = await openPage(browser);
	await own.goto(startOf(portal));
	await chooseProvider(own);
	await proveCredential(own, user);
	return own;
}
async function enrol(own) {
	const factor = await scan(own, house.clock);
	await enterCode(own, await factor.fresh());
	await at(own, 'recovery-codes');
	await keepCodes(own);
	return factor;
}

test('discovery tells of the grant, and the library gets a token of RFC 9068', async () => {
	const found = JSON.parse((await ask(`${house.issuer}/.well-known/openid-configuration`)).text);
	assert.ok(found.grant_types_supported.includes('client_credentials'));
	assert.ok(found.scopes_supported.includes('accounts'));
	const own = await invites.ownToken(), claims = decodeJwt(own);
	assert.equal(decodeProtectedHeader(own).typ, 'at+jwt');
	assert.deepEqual(Object.keys(claims).sort(), ['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'scope', 'sub']);
	assert.equal(claims.exp - claims.iat, 300);
	assert.deepEqual([claims.iss, claims.aud, claims.sub, claims.client_id, claims.scope], [house.issuer, `${house.issuer}/api/v1`, 'invites', 'invites', 'accounts']);
});

test('only for the scope, and only for portals that sign', async () => {
	for (const scope of [null, '', 'openid', 'accounts openid', 'accounts accounts', 'Accounts', ' accounts'])
		assert.equal(read(await token(await invites.ownForm({ scope })), 400).error, 'invalid_scope', String(scope));
	for (const scope of ['accounts', 'openid'])
		assert.equal(read(await token({ grant_type: 'client_credentials', scope }, { authorization: legacy.basic }), 400).error, 'unauthorized_client');
	assert.equal(read(await token({ grant_type: 'client_credentials', scope: 'accounts' }), 401).error, 'invalid_client');
	assert.equal(read(await token(await invites.ownForm({ grant_type: 'password' })), 400).error, 'unsupported_grant_type');
});

test('an assertion is good once, also for fifty at once', async () => {
	const form = await invites.ownForm();
	const answers = await Promise.all(Array.from({ length: 50 }, () => token(form)));
	assert.deepEqual([answers.filter(({ status }) => status === 200).length, answers.filter(({ status }) => status === 401).length], [1, 49]);
	assert.equal(read(await token(form), 401).error, 'invalid_client');
	for (const claims of [{ aud: `${house.issuer}/token` }, { aud: 'https://elsewhere.example' }, { exp: Math.floor(house.clock.now() / 1000) - 400 }, { sub: 'other' }, { iss: 'other' }])
		assert.equal(read(await token(await invites.ownForm({ client_assertion: await invites.assertion(claims) })), 401).error, 'invalid_client', JSON.stringify(claims));
});

test('no token, a bad one, another kind of one: 401 and a challenge', async () => {
	const good = await invites.ownToken(), parts = good.split('.');
	const claims = decodeJwt(good), header = decodeProtectedHeader(good);
	const flipped = `${parts[0]}.${parts[1]}.${parts[2][0] === 'A' ? 'B' : 'A'}${parts[2].slice(1)}`;
	const payload = `${parts[0]}.${Buffer.from(JSON.stringify({ ...claims, client_id: 'other', sub: 'other' })).toString('base64url')}.${parts[2]}`;
	const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${parts[1]}.`;
	const forged = await new SignJWT(claims).setProtectedHeader({ ...header }).sign(invites.keys.privateKey);
	for (const [what, bad] of Object.entries({ flipped, payload, unsigned, forged, idToken: person.tokens.id_token, person: person.tokens.access_token, assertion: await invites.assertion(), empty: '', noise: 'x.y.z', long: 'x'.repeat(9000) })) {
		const answer = await invites.api('GET', '/api/v1/invitations', { token: bad });
		problem(answer, 401, 'unauthorized', what);
		assert.equal(answer.headers['www-authenticate'], 'Bearer realm="api", scope="accounts", error="invalid_token"', what);
	}
	const none = await invites.api('GET', '/api/v1/invitations', { token: null });
	problem(none, 401, 'unauthorized');
	assert.equal(none.headers['www-authenticate'], 'Bearer realm="api", scope="accounts"');
	problem(await invites.api('GET', '/api/v1/invitations', { token: null, headers: { authorization: legacy.basic } }), 401, 'unauthorized');
	problem(await invites.api('GET', `/api/v1/invitations?access_token=${good}`, { token: null }), 401, 'unauthorized');
	problem(await invites.api('POST', '/api/v1/invitations', { token: null, body: { note: 1 } }), 401, 'unauthorized', 'before the body is judged');
	/* the other way round: a portal's own token says nothing of a person */
	assert.equal((await ask(`${house.issuer}/userinfo`, { headers: { authorization: `Bearer ${good}` } })).status, 401);
});

test('a token ends after 300 s, and with the portal', async () => {
	const old = await invites.ownToken();
	read(await invites.api('GET', '/api/v1/invitations', { token: old }), 200);
	house.clock.forward(301);
	problem(await invites.api('GET', '/api/v1/invitations', { token: old }), 401, 'unauthorized');
	read(await invites.api('GET', '/api/v1/invitations'), 200);
});

test('an invitation lets one person in, once, and its life can be read', async () => {
	const answer = await invites.api('POST', '/api/v1/invitations', { body: { expires_in: 7200, note: 'dossier été' } });
	const made = read(answer, 201);
	assert.equal(answer.location, `/api/v1/invitations/${made.id}`);
	assert.match(made.code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
	assert.equal(Date.parse(made.expires) - Date.parse(made.created), 7200000);
	const { code, ...rest } = made;
	assert.deepEqual(read(await invites.api('GET', answer.location), 200), rest);
	assert.equal(rest.note, 'dossier été');
	const own = await arrive(invites, 'p1');
	await at(own, 'admission');
	await own.locator('input[name=invitation]').fill(code.toLowerCase().replaceAll('-', ' '));
	await press(own, 'continue');
	await enrol(own);
	await at(own, 'portal');
	const used = read(await invites.api('GET', answer.location), 200);
	assert.equal(used.state, 'used');
	assert.equal(used.sub, invites.last.claims.sub);
	problem(await invites.api('POST', `${answer.location}/revoke`), 409, 'wrong-state');
	await own.context().close();
	const second = read(await invites.api('POST', '/api/v1/invitations'), 201);
	assert.equal(second.note, null);
	assert.equal(Date.parse(second.expires) - Date.parse(second.created), 14 * 86400000);
	assert.equal(read(await invites.api('POST', `/api/v1/invitations/${second.id}/revoke`, { body: {} }), 200).state, 'revoked');
	const third = read(await invites.api('POST', '/api/v1/invitations', { body: { expires_in: 3600 } }), 201);
	house.clock.forward(3601);
	assert.equal(read(await invites.api('GET', `/api/v1/invitations/${third.id}`), 200).state, 'expired');
	assert.ok(!house.daemon.said.includes(code) && !house.daemon.said.includes(third.code), 'no code in the log');
	const audit = house.ctl('--json', 'audit', 'tail', '200');
	assert.ok(!audit.includes(code) && !audit.includes('dossier'), 'no code and no note in the audit');
});

test('lists go on from page to page, by state, and only with a cursor of their own', async () => {
	for (let i = 0; i < 5; i++)
		read(await invites.api('POST', '/api/v1/invitations', { body: { note: `n${i}` } }), 201);
	const all = read(await invites.api('GET', '/api/v1/invitations?limit=100'), 200);
	assert.equal(all.next, null);
	assert.deepEqual(all.items.map(({ created }) => created), all.items.map(({ created }) => created).sort());
	const seen = [];
	for (let next = ''; next !== null;) {
		const part = read(await invites.api('GET', `/api/v1/invitations?limit=2${next && `&cursor=${next}`}`), 200);
		assert.ok(part.items.length <= 2);
		seen.push(...part.items);
		next = part.next;
	}
	assert.deepEqual(seen, all.items);
	for (const state of ['open', 'used', 'expired', 'revoked']) {
		const some = [];
		for (let next = ''; next !== null;) {
			const part = read(await invites.api('GET', `/api/v1/invitations?limit=1&state=${state}${next && `&cursor=${next}`}`), 200);
			some.push(...part.items);
			next = part.next;
		}
		assert.deepEqual(some, all.items.filter((item) => item.state === state), state);
		assert.ok(some.length > 0, state);
	}
	const { next } = read(await invites.api('GET', '/api/v1/invitations?limit=1'), 200);
	problem(await other.api('GET', `/api/v1/invitations?cursor=${next}`), 400, 'malformed', "another portal's");
	problem(await invites.api('GET', `/api/v1/relink-claims?cursor=${next}`), 400, 'malformed', "another list's");
	problem(await invites.api('GET', `/api/v1/invitations?cursor=${next.slice(0, -1)}${next.at(-1) === 'A' ? 'B' : 'A'}`), 400, 'malformed');
	for (const query of ['limit=0', 'limit=101', 'limit=', 'limit=1e1', 'limit=-1', 'limit=+1', 'limit=1&limit=2', 'state=old', 'state=', 'cursor=', 'cursor=x', 'cursor=%', 'Limit=1', 'page=2'])
		problem(await invites.api('GET', `/api/v1/invitations?${query}`), 400, 'malformed', query);
	problem(await invites.api('GET', '/api/v1/approvals?state=open'), 400, 'malformed');
	problem(await invites.api('GET', `/api/v1/invitations/${all.items[0].id}?x=1`), 400, 'malformed');
});

test('who waits is listed, let in or refused, and the other way round later', async () => {
	const own = await arrive(approves, 'p2');
	await enrol(own);
	await at(own, 'waiting-approval');
	const reference = await own.locator('[data-support-reference]').first().getAttribute('data-support-reference');
	const { items: [waiting], next } = read(await approves.api('GET', '/api/v1/approvals'), 200);
	assert.equal(next, null);
	assert.deepEqual([waiting.support_reference, waiting.status, waiting.second_factor, waiting.frozen], [reference, 'waiting-approval', 'totp', false]);
	assert.equal(Date.parse(waiting.decide_until) - Date.parse(waiting.created), 30 * 86400000);
	const path = `/api/v1/accounts/${waiting.sub}`;
	assert.equal(read(await approves.api('POST', `${path}/refuse`), 200).status, 'refused');
	problem(await approves.api('POST', `${path}/refuse`), 409, 'wrong-state');
	assert.deepEqual(read(await approves.api('GET', '/api/v1/approvals'), 200).items, []);
	assert.equal(read(await approves.api('POST', `${path}/approve`), 200).status, 'active');
	problem(await approves.api('POST', `${path}/approve`), 409, 'wrong-state');
	await own.goto(startOf(approves));
	await at(own, 'portal');
	assert.equal(approves.last.claims.sub, waiting.sub);
	const account = read(await approves.api('GET', path), 200);
	assert.deepEqual([account.status, account.status_why, account.former_sub], ['active', 'approved', null]);
	assert.ok(account.last_sign_in >= waiting.created);
	const events = JSON.parse(house.ctl('--json', 'audit', 'tail', '200')).filter(({ event }) => event === 'approval-decided');
	assert.deepEqual(events.map((event) => /refused|let in/.exec(event.what)?.[0]), ['refused', 'let in']);
	await own.context().close();
});

test('ending sessions ends them', async () => {
	const path = `/api/v1/accounts/${sub}`;
	assert.equal(read(await other.api('GET', path), 200).status, 'active');
	await page.goto(startOf(other));
	if (await page.locator('body').getAttribute('data-page') !== 'portal') {
		await chooseProvider(page);
		await proveCredential(page, 'marie');
		await enterCode(page, await app.fresh());
		await at(page, 'portal');
	}
	assert.ok(read(await other.api('POST', `${path}/end-sessions`), 200).sessions_ended >= 1);
	assert.equal((await ask(`${house.issuer}/userinfo`, { headers: { authorization: `Bearer ${other.last.tokens.access_token}` } })).status, 401);
	await page.goto(startOf(other));
	await at(page, 'choose-provider');
	assert.equal(read(await other.api('POST', `${path}/end-sessions`), 200).sessions_ended, 0);
});

test("another portal's things are not there: the same 404 as for what does not exist", async () => {
	const { items: [invitation] } = read(await invites.api('GET', '/api/v1/invitations?state=open&limit=100'), 200);
	const rows = [
		['GET', '/api/v1/accounts/{}', sub], ['POST', '/api/v1/accounts/{}/approve', sub], ['POST', '/api/v1/accounts/{}/refuse', sub],
		['POST', '/api/v1/accounts/{}/end-sessions', sub], ['GET', '/api/v1/invitations/{}', invitation.id], ['POST', '/api/v1/invitations/{}/revoke', invitation.id],
		['GET', '/api/v1/relink-claims/{}', 'a'.repeat(32)], ['POST', '/api/v1/relink-claims/{}/approve', 'a'.repeat(32)], ['POST', '/api/v1/relink-claims/{}/refuse', 'b'.repeat(32)],
	];
	for (const [method, path, id] of rows) {
		const bodies = [];
		for (const one of [id, `${id.slice(0, -1)}${id.at(-1) === 'c' ? 'd' : 'c'}`, 'x', 'A'.repeat(128)]) {
			const { instance, ...rest } = problem(await approves.api(method, path.replace('{}', one)), 404, 'not-found', `${method} ${path}`);
			bodies.push(JSON.stringify(rest));
		}
		assert.equal(new Set(bodies).size, 1);
	}
	assert.equal(read(await invites.api('GET', `/api/v1/invitations/${invitation.id}`), 200).state, 'open');
	for (const list of ['invitations', 'approvals', 'relink-claims'])
		assert.deepEqual(read(await other.api('GET', `/api/v1/${list}`), 200), { items: [], next: null }, list);
	for (const path of ['/api/v1/accounts/', '/api/v1/accounts/a.b', '/api/v1/accounts/a%62', `/api/v1/accounts/${'A'.repeat(129)}`, '/api/v1/accounts/a/', '/api/v1/accounts/a/b', '/api/v1', '/api/', '/api/v2/accounts/a', '/api/v1/invitations/'])
		problem(await other.api('GET', path), 404, 'not-found', path);
	const wrong = await other.api('POST', '/api/v1/approvals');
	problem(wrong, 405, 'method-not-allowed');
	assert.equal(wrong.headers.allow, 'GET, HEAD, OPTIONS');
});

test('bodies: one JSON object of the known members, in its type and size', async () => {
	const before = read(await invites.api('GET', '/api/v1/invitations?limit=100'), 200).items.length;
	const bad = ['[]', 'null', '1', '"x"', '{', '}', '{}{}', '{}x', '{"note":"a",}', '{"note":"a","note":"b"}', "{'note':'a'}", '{note:1}', '{"note":null}', '{"note":1}', '{"note":["a"]}',
		'{"note":"a\\u0000"}', '{"note":"\\ud800"}', '{"note":"a\\nb"}', `{"note":"${'x'.repeat(65)}"}`, `{"note":"${'é'.repeat(33)}"}`, '{"expires_in":"7200"}', '{"expires_in":7200.5}', '{"expires_in":7.2e3}',
		'{"expires_in":3599}', '{"expires_in":7776001}', '{"expires_in":-1}', '{"expires_in":99999999999999999999}', '{"expires_in":null}', '{"expires_in":true}', '{"Note":"a"}', '{"portal":"other"}',
		'{"by":"operator"}', '\ufeff{}', '/**/{}', '{"a":'.repeat(3000), '['.repeat(16000), Buffer.from('{"note":"\xff"}', 'latin1'), Buffer.from([0]), Buffer.from('{}\0')];
	for (const body of bad)
		problem(await invites.api('POST', '/api/v1/invitations', { body }), 400, 'malformed', String(body).slice(0, 40));
	problem(await invites.api('POST', '/api/v1/invitations', { body: `{"note":"${' '.repeat(17000)}"}` }), 413, 'too-large');
	for (const type of [null, 'text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'application/problem+json', 'multipart/form-data; boundary=x'])
		problem(await invites.api('POST', '/api/v1/invitations', { body: '{}', type }), 415, 'unsupported-type', type);
	problem(await invites.api('POST', '/api/v1/invitations', { body: '{}', headers: { 'content-encoding': 'gzip' } }), 415, 'unsupported-type');
	problem(await invites.api('GET', '/api/v1/invitations', { body: '{}', headers: { 'content-length': '2' } }), 400, 'malformed');
	assert.equal(read(await invites.api('GET', '/api/v1/invitations?limit=100'), 200).items.length, before, 'none of them made one');
});

test('fifty at once with one key make one; the same again is the same answer; another body is refused', async () => {
	const key = randomUUID(), headers = { 'idempotency-key': key }, body = { note: 'once' };
	await invites.ownToken();
	const answers = await Promise.all(Array.from({ length: 50 }, () => invites.api('POST', '/api/v1/invitations', { body, headers })));
	assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
	assert.equal(new Set(answers.map(({ text, location }) => text + location)).size, 1);
	const open = () => invites.api('GET', '/api/v1/invitations?limit=100&state=open').then((answer) => read(answer, 200).items.filter(({ note }) => note === 'once').length);
	assert.equal(await open(), 1);
	problem(await invites.api('POST', '/api/v1/invitations', { body: { note: 'twice' }, headers }), 422, 'idempotency-key-reused');
	problem(await invites.api('POST', `/api/v1/invitations/${answers[0].json.id}/revoke`, { body, headers }), 400, 'malformed');
	problem(await invites.api('POST', `/api/v1/invitations/${answers[0].json.id}/revoke`, { headers }), 422, 'idempotency-key-reused');
	read(await approves.api('POST', '/api/v1/invitations', { body: { note: 'twice' }, headers }), 201, 'the key of another portal is another key');
	await house.restart('SIGKILL');
	assert.equal((await invites.api('POST', '/api/v1/invitations', { body, headers })).text, answers[0].text, 'also after a crash');
	/* a refusal is not kept: the same request may succeed later */
	const again = { 'idempotency-key': randomUUID() };
	problem(await approves.api('POST', `/api/v1/accounts/${sub}/approve`, { headers: again }), 404, 'not-found');
	problem(await approves.api('POST', `/api/v1/accounts/${sub}/approve`, { headers: again }), 404, 'not-found');
	for (const bad of ['', 'x'.repeat(65), 'a b', 'é'])
		problem(await invites.api('POST', '/api/v1/invitations', { body, headers: { 'idempotency-key': Buffer.from(bad).toString('latin1') } }), 400, 'malformed', bad);
	house.clock.forward(86400 + 60);
	assert.notEqual(read(await invites.api('POST', '/api/v1/invitations', { body: { note: 'later' }, headers }), 201).id, answers[0].json.id);
});

test('a portal that changes too much must wait, alone', async () => {
	await other.ownToken();
	const answers = await Promise.all(Array.from({ length: 310 }, () => other.api('POST', `/api/v1/accounts/${sub}/end-sessions`)));
	const late = answers.filter(({ status }) => status === 429);
	assert.ok(late.length >= 9, String(late.length));
	assert.ok(answers.every(({ status }) => [200, 429].includes(status)));
	problem(late[0], 429, 'too-many');
	assert.ok(Number(late[0].headers['retry-after']) >= 1 && Number(late[0].headers['retry-after']) <= 61);
	read(await other.api('GET', `/api/v1/accounts/${sub}`), 200, 'looking goes on');
	read(await invites.api('POST', '/api/v1/invitations'), 201, 'another portal goes on');
	house.clock.forward(61);
	read(await other.api('POST', `/api/v1/accounts/${sub}/end-sessions`), 200);
});
