/* The daemon's own TLS: a whole sign-in in a browser over https, what the port refuses, and a new certificate without a stop.
 * ATTACKS: R60, 7.3; DESIGN.md 6.2 (tls, SIGHUP). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { openPage, openStory } from './browser.mjs';
import { sleep, until } from './house.mjs';
import { ask, trusted } from './http.mjs';
import { at, firstVisit, laterVisit, startOf } from './journey.mjs';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'vestibule-story-'));
process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
const file = (name) => path.join(dir, name);

/* A certificate of that serial number, in place of the one before; -> its PEM. */
function certify(serial, key = 'tls.key') {
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-set_serial', `${serial}`,
		'-subj', '/CN=auth.localhost', '-addext', 'subjectAltName=DNS:auth.localhost', '-keyout', file(key), '-out', file('tls.pem')], { stdio: 'ignore' });
	fs.chmodSync(file(key), 0o600);
	trusted.push(fs.readFileSync(file('tls.pem'), 'utf8'));
}

let house, browser;
const open = { ignoreHTTPSErrors: true };	/* nobody has signed this certificate */
before(async () => {
	certify(4097);
	[house, browser] = await openStory({ tls: { certificate: file('tls.pem'), key: file('tls.key') } });
});
after(async () => { await browser?.close(); await house?.stop(); });

/* A TLS connection; options of tls.connect(). It fails with what the other side said. */
function connect(options = {}) {
	return new Promise((resolve, reject) => {
		const socket = tls.connect({ port: house.port, host: '127.0.0.1', servername: 'auth.localhost', ca: trusted, ...options }, () => resolve(socket));
		socket.on('error', reject);
	});
}

/* One request on an open connection. -> the answer's head */
function request(socket) {
	return new Promise((resolve, reject) => {
		let text = '';
		const take = (data) => {
			text += data;
			if (text.includes('"keys"')) {
				socket.off('data', take);
				resolve(text);
			}
		};
		socket.on('data', take);
		socket.once('close', () => reject(new Error('closed')));
		socket.write(`GET /jwks.json HTTP/1.1\r\nHost: auth.localhost:${house.port}\r\n\r\n`);
	});
}

const serialNow = async () => {
	const socket = await connect();
	const serial = parseInt(socket.getPeerCertificate().serialNumber, 16);
	socket.destroy();
	return serial;
};

test('a first visit and a later one over https', async () => {
	const page = await openPage(browser, open), answers = [];
	page.on('response', (response) => { if (response.url().startsWith(house.issuer)) answers.push(response); });
	const { app, visit } = await firstVisit(page, house);
	assert.match(house.issuer, /^https:/);
	assert.equal(visit.claims.iss, house.issuer);
	for (const answer of answers)
		assert.match((await answer.allHeaders())['strict-transport-security'] ?? '', /max-age=\d{8}/, answer.url());
	const cookies = await page.context().cookies(house.issuer);
	assert.ok(cookies.some(({ name }) => name === '__Host-vestibule'));
	for (const cookie of cookies)
		assert.ok(cookie.secure && cookie.httpOnly && cookie.name.startsWith('__Host-') && cookie.path === '/', cookie.name);
	await page.goto(startOf(house.portals.ptpha));
	await at(page, 'portal');
	const other = await openPage(browser, open);
	assert.equal((await laterVisit(other, house.portals.ptpha, app)).claims.sub, visit.claims.sub);
});

test('HSTS on https, errors too, and not on plain HTTP', async () => {
	for (const place of ['/jwks.json', '/nowhere', '/style.css', '/sign-in?r=x'])
		assert.ok((await ask(house.issuer + place)).headers['strict-transport-security'], place);
	assert.equal((await ask(`http://127.0.0.1:${house.operations}/health/live`)).headers['strict-transport-security'], undefined);
});

test('TLS 1.2 and 1.3, nothing older', async () => {
	for (const version of ['TLSv1.2', 'TLSv1.3']) {
		const socket = await connect({ minVersion: version, maxVersion: version });
		assert.equal(socket.getProtocol(), version);
		assert.match(await request(socket), /^HTTP\/1\.1 200/);
		socket.destroy();
	}
	for (const version of ['TLSv1.1', 'TLSv1'])
		await assert.rejects(connect({ minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }), /disconnected before secure|alert|ECONNRESET/i, version);
	await assert.rejects(connect({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }), /disconnected before secure|alert|handshake|ECONNRESET/i, 'CBC');
});

test('plain HTTP, noise and silence on the port end, and disturb nobody', async () => {
	for (const bytes of [`GET / HTTP/1.1\r\nHost: auth.localhost:${house.port}\r\n\r\n`, '\x16\x03\x01\xff\xff', '\0'.repeat(600)]) {
		const ended = new Promise((resolve) => {
			const socket = net.connect(house.port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
			let text = '';
			socket.on('data', (data) => { text += data.toString('latin1'); });
			socket.on('error', () => undefined);
			socket.on('close', () => resolve(text));
			setTimeout(() => { if (bytes.length < 10) socket.end(); }, 200);
		});
		assert.doesNotMatch(await ended, /HTTP\/1\.1 200|<html/);
	}
	assert.equal((await ask(`${house.issuer}/jwks.json`)).status, 200);
});

test('SIGHUP takes a new certificate; open connections live on', async () => {
	const old = await connect();
	assert.match(await request(old), /^HTTP\/1\.1 200/);
	assert.equal(await serialNow(), 4097);
	certify(4098);
	assert.equal(await serialNow(), 4097, 'not before it is told');
	house.daemon.child.kill('SIGHUP');
	await until('the new certificate', async () => await serialNow() === 4098, 5);
	assert.match(await request(old), /^HTTP\/1\.1 200/, 'the old connection');
	old.destroy();

	certify(4099, 'other.key');
	house.daemon.child.kill('SIGHUP');
	await until('a line in the log', () => /Reload refused.*tls\.key: this key does not belong to the certificate/.test(house.daemon.said), 5);
	await sleep(100);
	assert.equal(await serialNow(), 4098, 'the pair that fits stays');
	assert.equal((await ask(`http://127.0.0.1:${house.operations}/health/ready`)).status, 200);
	certify(4100);
	house.daemon.child.kill('SIGHUP');
	await until('the third certificate', async () => await serialNow() === 4100, 5);
});
