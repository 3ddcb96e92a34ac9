/* A stock client library (openid-client) with both ways of authenticating, and what it finds in discovery and JWKS.
 * ATTACKS: 1.1, 1.2 rows 1 3 5 to 8 14, 1.3, O04 O28 O43. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { openStory, openPage } from './browser.mjs';
import { ask } from './http.mjs';
import { firstVisit, laterVisit } from './journey.mjs';

let house, browser;
before(async () => {
	[house, browser] = await openStory({ portals: { ptpha: {}, employer: { auth: 'client_secret_basic' }, legacy: { auth: 'client_secret_basic', token_algorithm: 'RS256' }, strict: { token_algorithm: 'PS256' } } });
});
after(async () => { await browser?.close(); await house?.stop(); });

const json = async (path) => {
	const answer = await ask(house.issuer + path);
	assert.equal(answer.status, 200, path);
	assert.match(answer.headers['content-type'], /^application\/json/);
	return JSON.parse(answer.text);
};

test('discovery says what is so', async () => {
	const found = await json('/.well-known/openid-configuration');
	assert.deepEqual(await json('/.well-known/oauth-authorization-server'), found);
	assert.equal(found.issuer, house.issuer);
	for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'])
		assert.ok(found[name].startsWith(`${house.issuer}/`), name);
	assert.deepEqual(found.response_types_supported, ['code']);
	assert.deepEqual(found.code_challenge_methods_supported, ['S256']);
	assert.deepEqual(found.subject_types_supported, ['pairwise']);
	assert.ok(found.scopes_supported.includes('openid'));
	assert.ok(['private_key_jwt', 'client_secret_basic'].every((method) => found.token_endpoint_auth_methods_supported.includes(method)));
	assert.ok(found.id_token_signing_alg_values_supported.includes('ES256') && !found.id_token_signing_alg_values_supported.includes('none'));
	assert.equal(found.authorization_response_iss_parameter_supported, true);
	assert.ok(found.acr_values_supported.includes('urn:vestibule:acr:loa2-totp'));
	assert.ok(found.ui_locales_supported.some((locale) => locale.startsWith('fr')));
	for (const name of Object.keys(found).filter((key) => /_endpoint$|_uri$/.test(key)))
		assert.ok((await ask(found[name])).status < 500 && (await ask(found[name])).status !== 404, `${name} exists`);
	for (const [method, expected] of [['HEAD', 200], ['OPTIONS', 200], ['POST', 405]])
		assert.ok([expected, 204].includes((await ask(`${house.issuer}/.well-known/openid-configuration`, { method })).status), method);
});

test('the keys are public ones, each with its own name', async () => {
	const { keys } = await json('/jwks.json');
	assert.ok(keys.length >= 1);
	assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
	for (const key of keys) {
		assert.ok(key.kid && ['EC', 'RSA'].includes(key.kty));
		for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
			assert.equal(key[secret], undefined, secret);
	}
});

for (const [portal, user, alg] of [['ptpha', 'marie', 'ES256'], ['employer', 'louis', 'ES256'], ['legacy', 'dana', 'RS256'], ['strict', 'denis', 'PS256']]) {
	test(`${portal}: the library is content, twice`, async () => {
		const page = await openPage(browser), { app, visit } = await firstVisit(page, house, { portal: house.portals[portal], user });
		const { keys } = await json('/jwks.json');
		const { protectedHeader, payload } = await jwtVerify(visit.tokens.id_token, createLocalJWKSet({ keys }), { issuer: house.issuer, audience: portal, currentDate: new Date(house.clock.now()) });
		assert.equal(protectedHeader.alg, alg);
		assert.ok(keys.some(({ kid }) => kid === protectedHeader.kid));
		assert.equal(payload.nonce?.length > 10, true);
		assert.equal(visit.tokens.token_type.toLowerCase(), 'bearer');
		assert.equal(visit.tokens.refresh_token, undefined);
		assert.ok(visit.params.code.length >= 22, '128 bits');
		const again = await laterVisit(await openPage(browser), house.portals[portal], app, { user });
		assert.equal(again.claims.sub, visit.claims.sub);
		assert.notEqual(again.params.code, visit.params.code);
	});
}

test('subjects are of one portal each, and are nobody\'s name', async () => {
	const subs = Object.values(house.portals).flatMap(({ visits }) => visits.map(({ claims }) => claims.sub));
	assert.equal(new Set(subs).size, 4);
	assert.ok(subs.every((sub) => !/marie|louis|dana|denis/.test(sub) && sub.length <= 255 && /^[\x21-\x7e]+$/.test(sub)));
});
