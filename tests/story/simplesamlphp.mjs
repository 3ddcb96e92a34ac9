/* simplesamlphp.mjs - Debian's SimpleSAMLphp as the credential provider: a SAML product that shares no code with ours.
 * Its configuration is tests/fixture/simplesamlphp; people sign in as marie, louis, dana or denis, and one for each test where
 * that is not enough: p1 to p99.  With profile plain it is an organisation's own provider, for staff: signed and not encrypted, with an attribute
 * `role`; they sign in as vera (viewer), anna and adam (agent), sam (supervisor), olga (auditor), noah (no role), tina (two roles), rex (a
 * role that nobody knows). */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { postFrom } from './browser.mjs';
import { ask } from './http.mjs';
import { freePort, Program, source, until } from './house.mjs';

export const passwords = { marie: 'Vestibule-1', louis: 'Vestibule-2', dana: 'Vestibule-3', denis: 'Vestibule-4' };
for (let i = 1; i < 100; i++)
	passwords[`p${i}`] = `Vestibule-p${i}`;

for (const name of ['vera', 'anna', 'adam', 'sam', 'olga', 'noah', 'tina', 'rex'])
	passwords[name] = `Vestibule-${name}`;

export class SimpleSamlPhp {
	static async open({ id, house, profile = 'cats2' }) {
		const provider = new SimpleSamlPhp();
		provider.profile = profile;
		provider.dir = path.join(house.dir, `provider-${id}`);
		provider.port = await freePort();
		provider.url = `http://${id}.localhost:${provider.port}`;
		for (const name of ['tmp', 'sessions'])
			fs.mkdirSync(path.join(provider.dir, name), { recursive: true });
		execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '7300', '-subj', `/CN=${id}.localhost`,
			'-keyout', path.join(provider.dir, 'idp.key'), '-out', path.join(provider.dir, 'idp.pem')], { stdio: 'ignore' });
		await provider.start(house);
		const metadata = await ask(`${provider.url}/simplesaml/saml2/idp/metadata.php`);
		house.write(`${id}.xml`, metadata.text);
		provider.entityId = /entityID="([^"]+)"/.exec(metadata.text)[1];
		return provider;
	}

	async start(house) {
		const fixture = path.join(source, 'tests/fixture/simplesamlphp');
		const env = { ...house.clock.env, SIMPLESAMLPHP_CONFIG_DIR: fixture, STORY_URL: this.url, STORY_DIR: this.dir, STORY_PROFILE: this.profile };
		this.program = new Program('SimpleSAMLphp', 'php', ['-q', '-d', 'opcache.enable_cli=1', '-S', `127.0.0.1:${this.port}`, path.join(fixture, 'router.php')], env);
		await this.program.ready(`${this.url}/simplesaml/saml2/idp/metadata.php`);
	}

	/* Take Vestibule's published metadata, as it is. */
	know(metadata) {
		fs.writeFileSync(path.join(this.dir, 'vestibule.xml'), metadata);
	}

	async stop() {
		await this.program?.stop();
	}
}

/* What a redirect to a provider carries: { xml, id, relayState, url }. */
export function readRequest(url) {
	const query = new URL(url).searchParams;
	const xml = inflateRawSync(Buffer.from(query.get('SAMLRequest'), 'base64')).toString();
	return { xml, id: / ID="([^"]+)"/.exec(xml)[1], relayState: query.get('RelayState'), url: new URL(url) };
}

/* SimpleSAMLphp has no button to give up with, so the browser posts what a provider sends then: a Response with a status and no
 * assertion, unsigned as all of them are in this federation (C3 CDP-IDP02). The page has passed chooseProvider(). */
export async function cancelAtProvider(page, house, status = 'AuthnFailed') {
	const { sent } = page;
	const now = new Date(house.clock.now()).toISOString();
	const code = 'urn:oasis:names:tc:SAML:2.0:status';
	const xml = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${randomBytes(16).toString('hex')}" ` +
		`Version="2.0" IssueInstant="${now}" Destination="${house.issuer}/saml/acs" InResponseTo="${sent.id}"><saml:Issuer>${house.foreign[0].entityId}</saml:Issuer>` +
		`<samlp:Status><samlp:StatusCode Value="${code}:Responder"><samlp:StatusCode Value="${code}:${status}"/></samlp:StatusCode></samlp:Status></samlp:Response>`;
	await postFrom(page, `${house.issuer}/saml/acs`, { SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: sent.relayState });
}

/* Stop the provider's answer on its way into this page, and have it: { SAMLResponse, RelayState }. The page has passed chooseProvider(). */
export async function takeAnswer(page, user = 'marie') {
	let posted;
	await page.route('**/saml/acs', (route) => {
		posted = route.request().postData();
		return route.fulfill({ body: 'taken' });
	});
	await page.locator('input[name=username]').fill(user);
	await page.locator('input[name=password]').fill(passwords[user]);
	await page.locator('#submit_button').click();
	await until('the answer of the provider', () => posted);
	await page.unroute('**/saml/acs');
	return Object.fromEntries(new URLSearchParams(posted));
}
