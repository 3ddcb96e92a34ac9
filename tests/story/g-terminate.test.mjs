/* A provider tells, server to server, that a credential is no more: SimpleSAMLphp's own library signs the order and checks our answer.
 * What the person had open ends, what was issued is dead, the page and a mail tell, and nobody else is touched; and what only looks like such an
 * order changes nothing.
 * FEDERATION.md 1.9, 6.6 (53). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { look, openBrowser, openPage } from './browser.mjs';
import { ask } from './http.mjs';
import { openHouse, source } from './house.mjs';
import { at, chooseProvider, firstVisit, firstVisitByMail, mailOf, proveCredential, says, startOf } from './journey.mjs';
import { SimpleSamlPhp } from './simplesamlphp.mjs';

let house, browser, portal, page, gckey;
before(async () => {
	browser = await openBrowser();
	house = await openHouse({ mail: true });
	portal = house.portals.ptpha;
	[gckey] = house.foreign;
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(async () => {
	await page?.context().close();
	page = await openPage(browser);
	portal.visits.length = 0;
});

const php = (provider, args, input) => execFileSync('php', [path.join(source, 'tests/fixture/simplesamlphp/order.php'), ...args], { encoding: 'utf8', input, env: { ...process.env, STORY_DIR: provider.dir }, stdio: ['pipe', 'pipe', 'pipe'] });

/* An order of this provider about this user, as XML. */
function order(user, { provider = gckey, ...more } = {}) {
	return php(provider, ['make', JSON.stringify({
		idp: gckey.entityId, sp: `${house.issuer}/saml/metadata`, user, destination: `${house.issuer}/saml/soap`, id: `_${randomBytes(16).toString('hex')}`,
		instant: new Date(house.clock.now()).toISOString(), act: 'Terminate', ...more,
	})]);
}

const send = (body, { type = 'text/xml; charset=utf-8', ...more } = {}) => ask(`${house.issuer}/saml/soap`, { method: 'POST', headers: { 'content-type': type, soapaction: '"http://www.oasis-open.org/committees/security"' }, body, ...more });

/* What the answer says, once its signature was found to be ours. */
function told(answer, xml) {
	assert.equal(answer.status, 200, answer.text.slice(0, 300));
	assert.match(answer.headers['content-type'], /^text\/xml/);
	const said = JSON.parse(php(gckey, ['check'], answer.text));
	assert.equal(said.to, / ID="([^"]+)"/.exec(xml)[1]);
	assert.equal(said.issuer, `${house.issuer}/saml/metadata`);
	assert.ok(Math.abs(Date.parse(said.instant) - house.clock.now()) < 60000);
	return said.status;
}

function faulted(answer, what) {
	assert.equal(answer.status, 500, `${what}: ${answer.status}`);
	assert.match(answer.headers['content-type'], /^text\/xml/, what);
	assert.match(answer.text, /^<soap:Envelope [^>]*><soap:Body><soap:Fault><faultcode>soap:Client<\/faultcode><faultstring>The message was refused\.<\/faultstring><\/soap:Fault><\/soap:Body><\/soap:Envelope>$/, what);
}

const userinfo = (tokens) => ask(`${house.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });

test('our metadata says where to send it', () => {
	assert.match(house.metadata, new RegExp(`<md:ManageNameIDService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="${house.issuer}/saml/soap"/>\\s*<md:NameIDFormat>`));
});

test('without a help desk there is no metadata for its staff\'s provider', async () => {
	assert.equal((await ask(`${house.issuer}/saml/metadata?for=staff`)).status, 404);
	assert.equal((await ask(`${house.issuer}/saml/metadata?for=anybody`)).status, 404);
	assert.throws(() => house.ctl('metadata', 'show', 'staff'), (error) => error.status === 78 && /there is no help desk in the configuration/.test(error.stderr));
	assert.throws(() => house.ctl('metadata', 'show', 'anybody'), (error) => error.status === 2);
	assert.equal(house.ctl('metadata', 'show').trim(), house.metadata.trim());
});

for (const [user, language, locale] of [['p1', 'en', 'en-CA'], ['p2', 'fr', 'fr-CA']])
	test(`a credential ends (${language})`, async () => {
		await page.context().close();
		page = await openPage(browser, { locale });
		const address = `${user}@example.ca`;
		const { visit: { tokens } } = await firstVisitByMail(page, house, address, language, { user });
		assert.equal((await userinfo(tokens)).status, 200);
		const other = await openPage(browser);
		const bystander = await firstVisit(other, house, { user: `p${10 + Number(user.slice(1))}` });

		const xml = order(user);
		assert.deepEqual(told(await send(xml), xml), ['Success']);

		assert.equal((await userinfo(tokens)).status, 401, 'the portal\'s token is dead');
		assert.equal((await userinfo(bystander.visit.tokens)).status, 200, 'somebody else\'s is not');
		await other.context().close();
		await page.goto(startOf(portal));
		await at(page, 'choose-provider');
		await chooseProvider(page);
		await proveCredential(page, user);
		await at(page, 'error');
		await says(page, 'error.credential-ended.title');
		assert.match(await page.locator('main').innerText(), /VB-[0-9A-Z]{4}-[0-9A-Z]{4}/);
		await look(page, 'credential-ended');
		const mail = await mailOf(house, address, 'mail-credential-ended', language);
		assert.ok(mail.text.length > 0);

		assert.deepEqual(told(await send(xml), xml), ['Success'], 'sent again: still true');
		assert.equal(house.daemon.said.split('An order to end a credential came again').length - 1, user === 'p1' ? 1 : 2);
		const once = order(user);
		assert.deepEqual(told(await send(once), once), ['Success'], 'and when it has ended long since');
		assert.ok(!house.daemon.said.includes(user) && !house.daemon.said.includes('VB-'), 'the log names nobody');
	});

test('a name that nobody has gets the same answer', async () => {
	const xml = order('p98'), answer = await send(xml);
	assert.deepEqual(told(answer, xml), ['Success']);
	assert.match(house.daemon.said, /A provider ended a credential" .*accounts=0/);
});

test('another name is not taken', async () => {
	const { visit: { tokens } } = await firstVisit(page, house, { user: 'p3' });
	const xml = order('p3', { act: 'NewID' });
	assert.deepEqual(told(await send(xml), xml), ['Requester', 'RequestUnsupported']);
	assert.equal((await userinfo(tokens)).status, 200);
});

test('what only looks like it changes nothing, and learns nothing', async () => {
	const { visit: { tokens } } = await firstVisit(page, house, { user: 'p4' });
	const xml = order('p4'), stranger = await SimpleSamlPhp.open({ id: 'stranger', house });
	const bare = xml.replace(/<ds:Signature.*<\/ds:Signature>/s, '');
	const bad = {
		unsigned: bare,
		'a stranger\'s key': order('p4', { provider: stranger }),
		'a stranger': order('p4', { provider: stranger, idp: stranger.entityId }),
		'altered': xml.replace(/>[0-9a-f]{40}<\/saml:NameID>/, `>${'0'.repeat(40)}</saml:NameID>`),
		'for another address': order('p4', { destination: `${house.issuer}/saml/acs` }),
		'for another service': order('p4', { sp: 'https://other.example/' }),
		'stale': order('p4', { instant: new Date(house.clock.now() - 10 * 60000).toISOString() }),
		'from the future': order('p4', { instant: new Date(house.clock.now() + 10 * 60000).toISOString() }),
		'two requests': xml.replace(/(<samlp:ManageNameIDRequest.*<\/samlp:ManageNameIDRequest>)/s, '$1$1'),
		'wrapped in a header': xml.replace('<soap:Body>', `<soap:Header>${/<samlp:ManageNameIDRequest.*<\/samlp:ManageNameIDRequest>/s.exec(xml)[0]}</soap:Header><soap:Body>`),
		'DTD': xml.replace('<soap:Envelope', '<!DOCTYPE e [<!ENTITY a "b">]><soap:Envelope'),
		'no XML': 'hello', 'empty': '', 'an empty body': '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body/></soap:Envelope>',
		'too big': xml.replace('<soap:Body>', `<soap:Body>${' '.repeat(200000)}`),
	};
	for (const [what, body] of Object.entries(bad))
		faulted(await send(body), what);
	for (const type of ['application/soap+xml', 'application/x-www-form-urlencoded', 'application/json'])
		assert.equal((await send(xml, { type })).status, 415, type);
	for (const method of ['GET', 'PUT'])
		assert.equal((await ask(`${house.issuer}/saml/soap`, { method })).status, 405, method);
	assert.equal((await userinfo(tokens)).status, 200, 'p4 is still there');
	assert.deepEqual(told(await send(xml), xml), ['Success'], 'and none of that used the order');
	assert.equal((await userinfo(tokens)).status, 401);
	await stranger.stop();
});
