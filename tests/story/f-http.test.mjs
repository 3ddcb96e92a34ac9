/* What no browser sends: HTTP at and beyond its limits, always a clean 4xx and always the security headers; a good client
 * is served meanwhile and afterwards.
 * ATTACKS: O02 O15 O24 O60 O61 S104 S114, R60 to R63, 3.4.6 and 4.2.1 of section 6.1. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openHouse, sleep } from './house.mjs';
import { ask, raw, statusOf } from './http.mjs';

let house, host;
before(async () => {
	house = await openHouse({ limits: { request_time: '2s', connections: 300 } });
	host = `Host: auth.localhost:${house.port}\r\n`;
});
after(async () => { await house?.stop(); });
afterEach(async () => { assert.equal((await ask(`${house.issuer}/.well-known/openid-configuration`)).status, 200, 'still serving'); });

const send = (text, options) => raw(house.port, text, { wait: 4000, ...options });
const get = (target, headers = '') => send(`GET ${target} HTTP/1.1\r\n${host}${headers}Connection: close\r\n\r\n`);

async function refused(promise, allowed, what) {
	const text = await promise, status = statusOf(text);
	assert.ok(allowed.includes(status), `${what}: ${status || 'closed'}, expected one of ${allowed}`);
	if (status !== 0) {
		const headers = text.split('\r\n\r\n')[0].toLowerCase();
		assert.ok(headers.includes('x-content-type-options: nosniff'), `${what}: security headers`);
		assert.ok(headers.includes("frame-ancestors 'none'"), `${what}: policy`);
		assert.doesNotMatch(headers, /^server:/m);
	}
	return text;
}

test('request lines', async () => {
	assert.equal(statusOf(await get(`/jwks.json?${'x'.repeat(7000)}`)), 200, 'a long one that fits');
	for (const length of [9000, 30000, 1000000])
		await refused(get(`/jwks.json?${'x'.repeat(length)}`), [414, 431, 400, 0], `${length} bytes`);
	await refused(get(`/${'../'.repeat(1000)}etc/passwd`), [400, 404], 'dots');
	for (const target of ['/jwks.json%00', '/%2e%2e/%2e%2e/etc/passwd', '/jwks.json/', '//jwks.json', '/JWKS.JSON', '/jwks.json;x', '/.git/config', '/style.css/../jwks.json', '/%ff'])
		await refused(get(target), [400, 404], target);
	for (const line of ['GET /jwks.json', 'GET /jwks.json HTTP/9.9', 'GET /jwks.json HTTP/1.1 x', 'GET jwks.json HTTP/1.1', ' GET / HTTP/1.1', 'GET\t/jwks.json\tHTTP/1.1', 'GET / HTTP/1.1\0', '\x16\x03\x01\x02\x00\x01\x00'])
		await refused(send(`${line}\r\n${host}Connection: close\r\n\r\n`), [400, 404, 405, 505, 501, 0], JSON.stringify(line));
});

test('header fields', async () => {
	assert.equal(statusOf(await get('/jwks.json', `X-Long: ${'x'.repeat(20000)}\r\n`)), 200, 'a long one that fits');
	await refused(get('/jwks.json', `X-Long: ${'x'.repeat(60000)}\r\n`), [431, 400, 0], 'one of 60 KB');
	await refused(get('/jwks.json', 'X-Many: x\r\n'.repeat(10000)), [431, 400, 0], 'ten thousand');
	await refused(get('/jwks.json', `Cookie: ${'__Host-vestibule-login-a=b; '.repeat(3000)}\r\n`), [431, 400, 0], 'cookies');
	for (const line of ['No-Colon', ': no name', 'Space : x', ' Folded: x', 'X: a\r\n folded', 'Nul: a\0b'])
		await refused(get('/jwks.json', `${line}\r\n`), [200, 400, 0], JSON.stringify(line));
});

test('hosts (O60)', async () => {
	for (const [lines, what] of [['', 'none'], [`${host}${host}`, 'two'], [`Host: evil.example\r\n`, 'another'], ['Host: \r\n', 'empty'], [`Host: auth.localhost:${house.port}@evil.example\r\n`, 'with a user']]) {
		const text = await send(`GET /.well-known/openid-configuration HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`);
		assert.ok([400, 421, 200, 404].includes(statusOf(text)), `${what}: ${statusOf(text)}`);
		assert.ok(!text.includes('evil'), what);
		if (statusOf(text) === 200)
			assert.ok(text.includes(`"${house.issuer}"`), what);
	}
	const absolute = await send(`GET http://evil.example/.well-known/openid-configuration HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
	assert.ok(!absolute.includes('evil'), 'absolute form');
});

test('methods (O61)', async () => {
	for (const method of ['TRACE', 'TRACK', 'CONNECT', 'PATCH', 'PUT', 'DELETE', 'GEt', 'get', 'X'.repeat(5000), 'PROPFIND'])
		for (const path of ['/jwks.json', '/saml/acs', '/token', '/sign-in'])
			await refused(send(`${method} ${path} HTTP/1.1\r\n${host}Content-Length: 0\r\nConnection: close\r\n\r\n`), [400, 404, 405, 414, 431, 501], `${method.slice(0, 10)} ${path}`);
	const trace = await send(`TRACE / HTTP/1.1\r\n${host}X-Secret: s3cret\r\nConnection: close\r\n\r\n`);
	assert.ok(!trace.includes('s3cret'));
	for (const [method, path] of [['GET', '/token'], ['GET', '/saml/acs'], ['POST', '/jwks.json'], ['POST', '/saml/metadata']])
		assert.equal((await ask(house.issuer + path, { method })).status, 405, `${method} ${path}`);
	const options = await ask(`${house.issuer}/token`, { method: 'OPTIONS' });
	assert.match(options.headers.allow ?? '', /POST/);
	const head = await send(`HEAD /jwks.json HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
	assert.equal(statusOf(head), 200);
	assert.equal(head.split('\r\n\r\n')[1], '', 'HEAD has no body');
});

test('bodies: lengths, smuggling (S104)', async () => {
	const post = (headers, body = '') => send(`POST /token HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n${headers}\r\n${body}`);
	await refused(post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n'), [400, 501], 'both lengths');
	await refused(post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'), [400, 501], 'both lengths, the other way');
	await refused(post('Content-Length: 5\r\nContent-Length: 6\r\n', 'aaaaaa'), [400], 'two lengths');
	for (const value of ['-1', '1x', '+5', '0x5', '99999999999999999999999', '5, 5', ''])
		await refused(post(`Content-Length: ${value}\r\n`, 'aaaaa'), [400, 413, 401, 0], `Content-Length: ${value}`);
	for (const coding of ['gzip, chunked', 'chunked, chunked', 'identity', 'xchunked', 'chunked\r\nTransfer-Encoding: x'])
		await refused(post(`Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n'), [400, 401, 501, 411], coding);
	for (const chunks of ['zz\r\nab\r\n0\r\n\r\n', '-1\r\n\r\n', 'fffffffffffffffff\r\na', '5;ext=a\r\nab'])
		await refused(post('Transfer-Encoding: chunked\r\n', chunks), [400, 408, 413, 0], chunks);
	await refused(post('Content-Length: 1000000000\r\n', 'x'.repeat(100)), [413], '1 GB announced');
	await refused(post(`Content-Length: 600000\r\n`, 'x'.repeat(600000)), [413, 0], '600 KB sent');
	await refused(post('Transfer-Encoding: chunked\r\n', `${'10000\r\n'}${'x'.repeat(65536)}\r\n`.repeat(8) + '0\r\n\r\n'), [413, 0], '512 KB in chunks');
	const two = await send(`POST /token HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=bGET /jwks.json HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
	const statuses = [...two.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
	assert.ok(statuses.length === 2 && statuses[0] >= 400 && statuses[0] < 500 && statuses[1] === 200, `pipelined requests stay two: ${statuses}`);
});

test('forms: fields, kinds, bytes', async () => {
	const post = (body, type = 'application/x-www-form-urlencoded') => ask(`${house.issuer}/saml/acs`, { method: 'POST', headers: { 'content-type': type }, body });
	for (const [body, what] of [['a=b&'.repeat(10000), 'ten thousand fields'], ['%', 'half an escape'], ['%zz=1', 'no escape'], ['a=%00', 'NUL'], ['SAMLResponse=a&SAMLResponse=b', 'twice'], ['=', 'no name'], ['a=%ff%fe', 'no UTF-8'], ['', 'empty'], ['SAMLResponse=', 'no value'], ['x'.repeat(250000), 'one long name']]) {
		const { status } = await post(body);
		assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
	}
	for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded; charset=utf-16', 'application/x-www-form-urlencodedx', ''])
		assert.ok([400, 415].includes((await post('SAMLResponse=x', type)).status), type);
});

test('slow clients are cut off, and hurt nobody (R61)', async () => {
	const began = Date.now();
	const slow = [
		send([...`GET /jwks.json HTTP/1.1\r\n${host}\r\n`], { pause: 400, wait: 8000 }),
		send([`POST /token HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n`, ...'x'.repeat(100)], { pause: 400, wait: 8000 }),
		send(`POST /token HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\n`, { wait: 8000 }),
		send('GET / HT', { wait: 8000 }),
		send('', { wait: 8000 }),
		...Array.from({ length: 100 }, () => send([`GET /jwks.json HTTP/1.1\r\n${host}X: `, 'a', 'a'], { pause: 1000, wait: 8000 })),
	];
	await sleep(500);
	const good = Date.now();
	assert.equal((await ask(`${house.issuer}/jwks.json`)).status, 200);
	assert.ok(Date.now() - good < 1000, 'a good client does not wait');
	for (const text of await Promise.all(slow))
		assert.ok([0, 400, 408].includes(statusOf(text)), text.slice(0, 40));
	assert.ok(Date.now() - began < 7500, `cut off after 2 s, not ${Date.now() - began} ms`);
});

test('more connections than there is room for', async () => {
	const idle = Array.from({ length: 290 }, () => send('', { wait: 1500 }));
	await sleep(300);
	const over = await Promise.all(Array.from({ length: 30 }, () => send(`GET /jwks.json HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, { wait: 2500 })));
	assert.ok(over.every((text) => [0, 200, 503].includes(statusOf(text))));
	await Promise.all(idle);
	await sleep(300);
});

test('what is not there: a page for people, headers and a reference for all', async () => {
	const text = await refused(get('/nowhere'), [404], '404');
	assert.match(text, /data-page="error"/);
	assert.match(text, /data-reference="[^"]{6,}"/);
	const reference = /data-reference="([^"]+)"/.exec(text)[1];
	await sleep(50);
	assert.ok(house.daemon.said.includes(reference), 'the reference finds its line in the log');
	for (const path of ['/metrics', '/health/ready', '/health/live'])
		assert.equal((await ask(house.issuer + path)).status, 404, `${path} is for operators only`);
	const metrics = await house.metrics();
	assert.match(metrics, /^# TYPE \S+ (counter|gauge|histogram)/m);
});
