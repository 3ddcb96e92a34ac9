/* SimpleSAMLphp as the credential provider: what passes between the two, and what becomes of answers that are replayed, altered,
 * misdirected or say no.
 * ATTACKS: S46 S68 S102 S104 S111 S112 S113 S114 S116, FEDERATION.md 1.2 to 1.6, 1.10, 6.1, 6.2. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, beforeEach, test } from 'node:test';
import { jarOf, look, openStory, openPage, pageName } from './browser.mjs';
import { ask, keep, pageOf } from './http.mjs';
import { at, chooseProvider, firstVisit, laterVisit, startOf } from './journey.mjs';
import { cancelAtProvider, takeAnswer } from './simplesamlphp.mjs';

let house, browser, portal, page;
before(async () => {
	[house, browser] = await openStory();
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(async () => {
	await page?.context().close();
	page = await openPage(browser);
	portal.visits.length = 0;
});

/* An answer for this browser's request, not yet delivered. */
async function answerFor(user = 'marie') {
	await page.goto(startOf(portal));
	await chooseProvider(page);
	const fields = await takeAnswer(page, user);
	return { fields, jar: await jarOf(page.context(), house.issuer) };
}

const post = (form, jar, more = {}) => ask(`${house.issuer}/saml/acs`, { form, jar: new Map(jar), ...more });

/* Where a browser with these cookies ends after that answer. */
async function lands(answer, jar) {
	for (let hops = 0; answer.status === 303 && hops < 5; hops++) {
		keep(jar, answer.cookies);
		answer = await ask(new URL(answer.location, house.issuer), { jar });
	}
	return pageOf(answer.text);
}

function refused(answer, what, statuses = [400, 403, 502]) {
	assert.ok(statuses.includes(answer.status), `${what}: ${answer.status} ${answer.location ?? ''}`);
	assert.equal(pageOf(answer.text), 'error', what);
	assert.ok(!answer.cookies.some((cookie) => cookie.startsWith('__Host-vestibule=') && !/max-age=0/i.test(cookie)), `${what}: no session`);
	assert.doesNotMatch(answer.text, /samlp:|EncryptedAssertion|NameID/, 'nothing of the XML is told');
}

test('the whole journey, twice, is one person', async () => {
	const { app, visit } = await firstVisit(page, house);
	const again = await laterVisit(await openPage(browser), portal, app);
	assert.equal(again.claims.sub, visit.claims.sub);
	assert.ok(!house.daemon.said.includes('marie'));
});

test('Vestibule\'s metadata (FEDERATION.md 1.11)', () => {
	const xml = house.metadata;
	assert.match(xml, /AuthnRequestsSigned="true"/);
	assert.match(xml, /WantAssertionsSigned="true"/);
	assert.match(xml, /use="signing"/);
	assert.match(xml, /use="encryption"/);
	assert.equal([...xml.matchAll(/AssertionConsumerService /g)].length, 1);
	assert.ok(xml.includes(`Location="${house.issuer}/saml/acs"`));
	assert.ok(xml.includes('nameid-format:persistent'));
	assert.doesNotMatch(xml, /<!DOCTYPE|ArtifactResolution|AttributeConsumingService/);
});

test('an answer is good once, in its own browser only (S113, S112)', async () => {
	const { fields, jar } = await answerFor('dana');
	refused(await post(fields, new Map()), 'in a browser without the request');
	const other = await openPage(browser);
	await other.goto(startOf(portal));
	refused(await post(fields, await jarOf(other.context(), house.issuer)), 'in another browser');
	const own = new Map(jar);
	assert.equal(await lands(await post(fields, jar), own), 'enrol', 'in its own');
	assert.ok(own.has('__Host-vestibule'));
	assert.notEqual(await lands(await post(fields, jar), new Map(jar)), 'enrol', 'again, without the session');
	const kept = own.get('__Host-vestibule');
	await lands(await post(fields, own), own);
	assert.equal(own.get('__Host-vestibule'), kept, 'again, with it: no new session');
});

test('fifty at once: one session (S113)', async () => {
	const { fields, jar } = await answerFor('louis');
	const answers = await Promise.all(Array.from({ length: 50 }, () => post(fields, jar)));
	const ends = await Promise.all(answers.map((answer) => lands(answer, new Map(jar))));
	assert.equal(ends.filter((name) => name === 'enrol').length, 1, ends.join(' '));
});

test('an answer to another request of the same browser (S68)', async () => {
	const { fields } = await answerFor();
	await page.goto(startOf(portal));
	await chooseProvider(page);
	const jar = await jarOf(page.context(), house.issuer);
	refused(await post({ ...fields, RelayState: page.sent.relayState }, jar), 'with the handle of the second');
});

test('altered answers (S46, S102, S104)', async () => {
	const { fields, jar } = await answerFor(), xml = Buffer.from(fields.SAMLResponse, 'base64').toString();
	const encode = (text) => Buffer.from(text, 'latin1').toString('base64');
	const bad = {
		'no encryption at all': encode(xml.replace(/<saml:EncryptedAssertion>.*<\/saml:EncryptedAssertion>/s, '')),
		'a plain assertion': encode(xml.replace(/<saml:EncryptedAssertion>.*<\/saml:EncryptedAssertion>/s, '<saml:Assertion ID="_a" Version="2.0" IssueInstant="2026-01-01T00:00:00Z"><saml:Issuer>x</saml:Issuer></saml:Assertion>')),
		'encrypted twice over': encode(xml.replace(/(<saml:EncryptedAssertion>.*<\/saml:EncryptedAssertion>)/s, '$1$1')),
		'cipher changed': encode(xml.replace(/(<xenc:CipherValue>.{40})./, (all, head) => `${head}${all.at(-1) === 'A' ? 'B' : 'A'}`)),
		'cipher of the data changed': encode(xml.replace(/(.*<xenc:CipherValue>.{60})./s, (all, head) => `${head}${all.at(-1) === 'A' ? 'B' : 'A'}`)),
		'RSA 1.5': encode(xml.replace('rsa-oaep-mgf1p', 'rsa-1_5')), '3DES': encode(xml.replace('xmlenc#aes128-cbc', 'xmlenc#tripledes-cbc')),
		'status no success': encode(xml.replace('status:Success', 'status:Requester')), 'no status': encode(xml.replace(/<samlp:Status>.*<\/samlp:Status>/s, '')),
		'another destination': encode(xml.replace(/Destination="[^"]+"/, 'Destination="https://evil.example/acs"')), 'no destination': encode(xml.replace(/ Destination="[^"]+"/, '')),
		'another request': encode(xml.replace(/InResponseTo="[^"]+"/, 'InResponseTo="_0123456789abcdef0123456789abcdef"')), 'unsolicited': encode(xml.replace(/ InResponseTo="[^"]+"/, '')),
		'another issuer': encode(xml.replace(/<saml:Issuer>[^<]+/, '<saml:Issuer>https://evil.example/idp')), 'no issuer': encode(xml.replace(/<saml:Issuer>[^<]+<\/saml:Issuer>/, '')),
		'version 1.1': encode(xml.replace('Version="2.0"', 'Version="1.1"')), 'issued a year ago': encode(xml.replace(/IssueInstant="2/, 'IssueInstant="1')),
		'DOCTYPE': encode(`<!DOCTYPE a [<!ENTITY x "y">]>${xml}`), 'comment': encode(xml.replace('<samlp:Status>', '<!-- a --><samlp:Status>')), 'processing instruction': encode(xml.replace('<samlp:Status>', '<?a b?><samlp:Status>')),
		'CDATA': encode(xml.replace(/<saml:Issuer>([^<]+)/, '<saml:Issuer><![CDATA[$1]]>')), 'trailing element': encode(`${xml}<x/>`), 'two documents': encode(xml + xml),
		'UTF-16': Buffer.from(`\ufeff${xml}`, 'utf16le').toString('base64'), 'NUL': encode(xml.replace('Success', 'Suc\0cess')), 'a foreign element': encode(xml.replace('<samlp:Status>', '<x xmlns="urn:x"/><samlp:Status>')),
		'deep': encode(`${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`), 'wide': encode(xml.replace('<samlp:Status>', `<samlp:Extensions>${'<a/>'.repeat(20000)}</samlp:Extensions><samlp:Status>`)),
		'cut': fields.SAMLResponse.slice(0, 2000), 'bad padding': `${fields.SAMLResponse}=`, 'URL alphabet': fields.SAMLResponse.replace(/\+/g, '-').replace(/\//g, '_'), 'NUL in base64': `${fields.SAMLResponse.slice(0, 8)}\0${fields.SAMLResponse.slice(8)}`,
		'not base64': '<xml>', 'empty XML': encode(''), 'blank': encode('   '), 'text': encode('hello'), 'HTML': encode('<html><body>x</body></html>'), 'big': 'A'.repeat(200000),
	};
	for (const [what, SAMLResponse] of Object.entries(bad)) {
		if (SAMLResponse !== fields.SAMLResponse)
			refused(await post({ ...fields, SAMLResponse }, jar), what);
	}
	refused(await post([['SAMLResponse', fields.SAMLResponse], ['SAMLResponse', fields.SAMLResponse], ['RelayState', fields.RelayState]], jar), 'sent twice');
	refused(await post({ RelayState: fields.RelayState }, jar), 'missing');
});

test('relay states (S111)', async () => {
	const { fields, jar } = await answerFor();
	for (const RelayState of ['https://evil.example/', '//evil.example', 'javascript:alert(1)', 'x'.repeat(81), 'x'.repeat(65536), '<script>alert(1)</script>', '../../etc/passwd', '', 'aaaaaaaaaaaaaaaa', `${fields.RelayState}x`, fields.RelayState.toUpperCase()]) {
		const answer = await post({ ...fields, RelayState }, jar);
		refused(answer, RelayState.slice(0, 30));
		assert.ok(!answer.text.includes('<script>alert'));
	}
	const { RelayState, ...without } = fields;
	refused(await post(without, jar), 'none');
	refused(await post([['SAMLResponse', fields.SAMLResponse], ['RelayState', RelayState], ['RelayState', RelayState]], jar), 'twice');
	assert.equal((await post(fields, jar)).status, 303, 'the right one, and none of that used the answer');
});

test('the ACS takes a POST of a form and nothing else (S114)', async () => {
	const { fields, jar } = await answerFor(), query = new URLSearchParams(fields), acs = `${house.issuer}/saml/acs`;
	for (const method of ['GET', 'HEAD', 'PUT'])
		assert.ok([400, 405, 414].includes((await ask(`${acs}?${query.toString().slice(0, 4000)}`, { method, jar })).status), method);
	for (const [type, body] of [['application/json', JSON.stringify(fields)], ['text/xml', Buffer.from(fields.SAMLResponse, 'base64')], ['multipart/form-data; boundary=b', `--b\r\nContent-Disposition: form-data; name="SAMLResponse"\r\n\r\n${fields.SAMLResponse}\r\n--b--\r\n`]])
		assert.ok([400, 415].includes((await ask(acs, { method: 'POST', headers: { 'content-type': type }, body, jar })).status), type);
	assert.ok([400, 421].includes((await ask(acs, { method: 'POST', form: fields, headers: { host: 'evil.example' }, jar })).status), 'a forged host');
	assert.equal((await post(fields, jar, { headers: { 'x-forwarded-host': 'evil.example' } })).status, 303, 'X-Forwarded-Host is ignored');
});

test('an answer that is too old', async () => {
	const { fields, jar } = await answerFor();
	house.clock.forward(15 * 60);
	refused(await post(fields, jar), 'after a quarter of an hour');
});

test('what a provider says instead of an answer (FEDERATION.md 1.10)', async () => {
	const french = ['AuthnFailed', 'RequestDenied', 'NoAvailableIDP'].map((status) => [status, 'fr-CA']);
	const english = ['AuthnFailed', 'NoPassive', 'NoAuthnContext', 'RequestDenied', 'UnknownPrincipal', 'InvalidNameIDPolicy', 'NoAvailableIDP', 'NoSupportedIDP', 'RequestUnsupported', 'Other'].map((status) => [status, 'en-CA']);
	for (const [status, locale] of [...french, ...english]) {
		await page.context().close();
		page = await openPage(browser, { locale });
		await page.goto(startOf(portal));
		await chooseProvider(page);
		await cancelAtProvider(page, house, status);
		const name = await pageName(page);
		assert.ok(['error', 'choose-provider'].includes(name), `${status}: ${name}`);
		assert.equal((await jarOf(page.context(), house.issuer)).has('__Host-vestibule'), false);
		assert.ok(await page.locator('main a.button, main button').count() > 0, `${status}: a way out`);
		await look(page, status);
	}
	assert.equal(portal.visits.filter((visit) => visit.tokens).length, 0);
});

test('the error page of a refused answer is accessible', async () => {
	await page.goto(startOf(portal));
	await chooseProvider(page);
	await page.route('**/saml/acs', (route) => route.continue({ postData: new URLSearchParams({ SAMLResponse: 'eA==', RelayState: page.sent.relayState }).toString() }));
	await page.locator('input[name=username]').fill('marie');
	await page.locator('input[name=password]').fill('Vestibule-1');
	await page.locator('#submit_button').click();
	await at(page, 'error');
	assert.match(await page.locator('[data-reference]').innerText(), /\S{6,}/);
	await look(page, 'refused-answer');
});

/* Processes below this one that have no children: the workers, which do the parsing. */
function workersOf(daemon) {
	const all = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number));
	const below = (pid) => all.filter(([, parent]) => parent === pid).flatMap(([child]) => (below(child).length ? below(child) : [child]));
	return below(daemon);
}

test('a worker that dies costs one page, never the service', async () => {
	const workers = workersOf(house.daemon.child.pid);
	assert.ok(workers.length >= 1, 'there is a worker');
	workers.forEach((pid) => process.kill(pid, 'SIGKILL'));
	const visit = async () => {
		const { fields, jar } = await answerFor();
		return (await post(fields, jar)).status;
	};
	let status;
	for (let i = 0; i < 5 && status !== 303; i++)
		status = await visit();
	assert.equal(status, 303);
});
