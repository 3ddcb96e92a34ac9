/* portal.mjs - a portal whose team used a stock client library (openid-client) and read nothing but our discovery document.
 *
 *   /start?...    sends the person to sign in; the query adds to or replaces parameters of the request
 *   /callback     redeems the code, checks the ID token, asks UserInfo; the page says what came of it
 *
 * What each callback got is in `visits`: { params, tokens, claims, userinfo } or { params, error }. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import * as client from 'openid-client';
import { ask, fetchLocal } from './http.mjs';

export class Portal {
	static async open({ id, auth, house }) {
		const portal = new Portal();
		Object.assign(portal, { id, auth, house, visits: [], pending: new Map() });
		portal.keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
		portal.secret = randomBytes(32).toString('base64url');
		portal.jwk = { ...await exportJWK(portal.keys.publicKey), kid: `${id}-1`, alg: 'ES256', use: 'sig' };
		portal.server = http.createServer((request, response) => portal.serve(request, response).catch((error) => {
			response.writeHead(500).end(String(error?.stack));
		}));
		await new Promise((resolve) => { portal.server.listen(0, '127.0.0.1', resolve); });
		portal.url = `http://${id === 'ptpha' ? 'portal' : id}.localhost:${portal.server.address().port}`;
		portal.redirectUri = `${portal.url}/callback`;
		return portal;
	}

	/* What the portal's team hands to Vestibule's operator. */
	registration(directory) {
		if (this.auth === 'private_key_jwt') {
			fs.writeFileSync(path.join(directory, `${this.id}.jwks.json`), JSON.stringify({ keys: [this.jwk] }));
			return { jwks_file: `${this.id}.jwks.json` };
		}
		fs.writeFileSync(path.join(directory, `${this.id}.secret`), `${this.secret}\n`, { mode: 0o600 });
		return { client_secret_file: `${this.id}.secret` };
	}

	async privateKey() {
		const pkcs8 = this.keys.privateKey.export({ type: 'pkcs8', format: 'der' });
		return { key: await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']), kid: this.jwk.kid };
	}

	/* The library, set up from discovery; again when the story moved the clock. */
	async library() {
		if (this.config && this.configuredAt === this.house.clock.offset)
			return this.config;
		this.configuredAt = this.house.clock.offset;
		const method = this.auth === 'private_key_jwt' ? client.PrivateKeyJwt(await this.privateKey()) : client.ClientSecretBasic(this.secret);
		this.config = await client.discovery(new URL(this.house.issuer), this.id, { [client.clockSkew]: this.house.clock.offset, [client.clockTolerance]: 5 }, method,
			{ execute: [client.allowInsecureRequests], [client.customFetch]: fetchLocal });
		return this.config;
	}

	/* The address of a sign-in, and what the callback will be checked against. more: parameters to add or, when null, to leave out. */
	async request(more = {}) {
		const config = await this.library();
		const verifier = client.randomPKCECodeVerifier();
		const params = {
			redirect_uri: this.redirectUri, scope: 'openid', state: client.randomState(), nonce: client.randomNonce(),
			code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
		};
		for (const [name, value] of Object.entries(params))
			if (value === null)
				delete params[name];
		const url = client.buildAuthorizationUrl(config, params);
		const pending = { verifier, params, url };
		this.pending.set(params.state, pending);
		return pending;
	}

	/* What the portal does with the browser's return to its redirect URI. */
	async redeem(url) {
		const params = Object.fromEntries(new URL(url).searchParams);
		const visit = { params };
		const pending = this.pending.get(params.state);
		try {
			const config = await this.library();
			const max_age = pending?.params.max_age;
			visit.tokens = await client.authorizationCodeGrant(config, new URL(url), {
				pkceCodeVerifier: pending?.verifier, expectedState: pending?.params.state, expectedNonce: pending?.params.nonce,
				maxAge: max_age === undefined ? undefined : Number(max_age), idTokenExpected: true,
			});
			visit.claims = visit.tokens.claims();
			visit.userinfo = await client.fetchUserInfo(config, visit.tokens.access_token, visit.claims.sub);
		} catch (error) {
			visit.error = error;
		}
		this.visits.push(visit);
		return visit;
	}

	/* The endpoint, asked for a code as a browser with a live session would (jar); no page is shown. -> { url, params, code, verifier } */
	async code(jar, more = {}) {
		const pending = await this.request(more);
		const answer = await ask(pending.url, { jar });
		const url = new URL(answer.location ?? 'http://nowhere.localhost/');
		if (!url.searchParams.has('code'))
			throw new Error(`no code: ${answer.status} ${answer.location}`);
		return { ...pending, url, code: url.searchParams.get('code') };
	}

	/* A client assertion (RFC 7523), made by hand; claims: more of them, or others. */
	async assertion(claims = {}) {
		const now = Math.floor(this.house.clock.now() / 1000);
		return new SignJWT({ iss: this.id, sub: this.id, aud: this.house.issuer, iat: now, exp: now + 60, jti: randomBytes(16).toString('hex'), ...claims })
			.setProtectedHeader({ alg: 'ES256', kid: this.jwk.kid }).sign(this.keys.privateKey);
	}

	/* The form of a request for a token of the portal's own; fields that are null are left out. */
	async ownForm(more = {}) {
		const form = {
			grant_type: 'client_credentials', scope: 'accounts', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
			client_assertion: await this.assertion(), ...more,
		};
		return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== null));
	}

	/* A token of the portal's own, as the library gets it; kept until it is nearly over. */
	async ownToken() {
		if (!this.own || this.own.until < this.house.clock.now()) {
			const { access_token: token, expires_in: seconds } = await client.clientCredentialsGrant(await this.library(), { scope: 'accounts' });
			this.own = { token, until: this.house.clock.now() + (seconds - 20) * 1000 };
		}
		return this.own.token;
	}

	/* What the portal's own program asks: -> the answer of ask(), with .json.  body: an object, or text as it is; token: null for none. */
	async api(method, path, { body, token, headers = {}, type = 'application/json' } = {}) {
		const bearer = token === undefined ? await this.ownToken() : token;
		const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
		const answer = await ask(`${this.house.issuer}${path}`, {
			method, body: text, headers: { ...bearer === null ? {} : { authorization: `Bearer ${bearer}` }, ...text === undefined || type === null ? {} : { 'content-type': type }, ...headers },
		});
		return { ...answer, json: /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(answer.text) : undefined };
	}

	/* Basic authentication, for requests made by hand. */
	get basic() {
		return `Basic ${Buffer.from(`${this.id}:${this.secret}`).toString('base64')}`;
	}

	get last() {
		return this.visits.at(-1);
	}

	async serve(request, response) {
		const url = new URL(request.url, this.url);
		if (url.pathname === '/start') {
			const { url: to } = await this.request(Object.fromEntries(url.searchParams));
			return response.writeHead(303, { location: to.href }).end();
		}
		const visit = url.pathname === '/callback' ? await this.redeem(url.href) : undefined;
		const say = visit?.error ? `error ${visit.params.error ?? visit.error}` : visit ? `subject ${visit.claims.sub}` : 'nobody';
		response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
		return response.end(`<!DOCTYPE html><html lang="en"><title>${this.id}</title><body data-page="portal"><h1>${this.id}</h1><p>${say.replace(/[<&]/g, '')}</p><p><a href="/start">Sign in</a></p>`);
	}

	async stop() {
		this.server.closeAllConnections();
		await new Promise((resolve) => { this.server.close(resolve); });
	}
}
