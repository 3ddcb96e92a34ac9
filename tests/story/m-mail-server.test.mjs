/* What the other stories rely on: mail that was given to the mail server is read back whole, by the story and by who looks into the
 * demo's mailbox; and the server that misbehaves does so at the verb it was told. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { at, leads, look, lookTwice, openBrowser, openPage } from './browser.mjs';
import { openDemo } from './house.mjs';
import { startMail } from './mail.mjs';
import { HostileSmtp, sendMail } from './smtp.mjs';

let house, browser, page, dir;
before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), 'vestibule-story-'));
	browser = await openBrowser();
	page = await openPage(browser);
	house = await openDemo({ mail: true });
});
after(async () => {
	await browser?.close();
	await house?.stop();
	fs.rmSync(dir, { recursive: true, force: true });
});

/* A mail as Vestibule writes them: both parts, in UTF-8. */
function letter({ to, subject, text, html, language = 'en-CA' }) {
	const part = (type, content) => `--part\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`;
	return `From: =?utf-8?B?${Buffer.from('Démo').toString('base64')}?= <no-reply@example.ca>\r\nTo: <${to}>\r\nSubject: ${subject}\r\nMessage-ID: <1@example.ca>\r\nContent-Language: ${language}\r\nMIME-Version: 1.0\r\n`
		+ `Content-Type: multipart/alternative; boundary=part\r\n\r\n${part('text/plain', text)}${part('text/html', html)}--part--\r\n`;
}

const english = {
	to: 'Marie.Tremblay+gov@example.ca', subject: '=?utf-8?Q?Your_code=3A_“don’t_share_it”?='.replace(/[^ -~]/g, (c) => [...Buffer.from(c)].map((b) => `=${b.toString(16).toUpperCase()}`).join('')),
	text: 'Your code is 123 456.\nIt works for 10 minutes. Call 1-800-555-0100 about VB-123456-AAAA.\n\n.a line with a dot\nNot you? http://auth.localhost/not-me?t=abc&lang=en.\n',
	html: '<p>Your code is <b>123&nbsp;456</b>.</p><p><a href="http://auth.localhost/not-me?t=abc&amp;lang=en">Not you?</a></p>'.replace('&nbsp;', ' '),
};
const french = {
	to: 'élodie@exämple.ca', subject: '=?utf-8?Q?Votre_m=C3=A9thode?=\r\n =?utf-8?Q?_a_chang=C3=A9_=E2=80=93_no=C3=ABl?=', language: 'fr-CA',
	text: 'Votre méthode d’authentification a changé.\n', html: '<p>Votre méthode d’authentification a changé.</p>',
};

test('a mail in English is read back whole', async () => {
	assert.equal((await sendMail(house.mail.port, { to: english.to, data: letter(english), from: 'no-reply@example.ca' })).code, 250);
	const message = await house.mail.wait({ to: english.to });
	assert.equal(message.subject, 'Your code: “don’t share it”');
	assert.equal(message.text.trimEnd(), english.text.trimEnd());
	assert.deepEqual([message.from.name, message.from.address], ['Démo', 'no-reply@example.ca']);
	assert.deepEqual(message.envelope, { from: 'no-reply@example.ca', to: english.to });
	assert.equal(message.raw, letter(english).replaceAll('\r\n', '\n'));
	assert.equal(message.header('message-id'), '<1@example.ca>');
	assert.equal(house.mail.code(message), '123456');
	assert.equal(house.mail.link(message), 'http://auth.localhost/not-me?t=abc&lang=en');
});

test('a mail in French too, to an address that is not ASCII', async () => {
	assert.equal((await sendMail(house.mail.port, { to: french.to, data: letter(french), utf8: true })).code, 250);
	const message = await house.mail.wait({ to: french.to });
	assert.equal(message.subject, 'Votre méthode a changé – noël');
	assert.equal(message.header('Subject'), french.subject.replace('\r\n', '\n'));
	assert.equal(message.text.trimEnd(), french.text.trimEnd());
	assert.match(message.received, /utf8esmtp/);
	assert.throws(() => house.mail.code(message), /one code/);
});

test('each wait gives the next mail, and what came while nobody looked', async () => {
	const to = 'louis@example.ca';
	for (const text of ['first 111111', 'second 222222'])
		await sendMail(house.mail.port, { to, data: letter({ to, subject: text, text, html: text }) });
	const first = await house.mail.wait({ to }), second = await house.mail.wait({ to });
	assert.deepEqual(new Set([house.mail.code(first), house.mail.code(second)]), new Set(['111111', '222222']));
	const [older, newer] = await house.mail.all(to);
	assert.equal(await house.mail.wait({ to, after: older }), newer);
	await assert.rejects(house.mail.wait({ to, seconds: 0.2 }), /waited/);
});

test('a server that is down, with the connections it had, and there again', async () => {
	const had = (await house.mail.all()).length;
	const connection = net.connect(house.mail.port, '127.0.0.1');
	const greeted = once(connection, 'data'), closed = once(connection, 'close');
	await greeted;
	connection.resume();
	await house.mail.stop();
	await closed;
	await assert.rejects(sendMail(house.mail.port, { to: 'a@example.ca', data: 'x' }), /ECONNREFUSED/);
	await house.mail.start();
	assert.equal((await house.mail.all()).length, had);
	assert.equal((await sendMail(house.mail.port, { to: 'a@example.ca', data: 'Subject: back\n\nx' })).code, 250);
	await house.mail.wait({ to: 'a@example.ca' });
});

test('TLS with a certificate of the story’s own, and a login', async () => {
	const file = path.join(dir, 'mail.eml');
	fs.writeFileSync(file, letter(english));
	const curl = (mail, ...more) => spawnSync('curl', ['-sS', '--max-time', '20', mail.url, '--ssl-reqd', '--cacert', mail.ca, '--mail-from', 'a@example.ca', '--mail-rcpt', 'b@example.ca', '-T', file, ...more], { encoding: 'utf8' });
	const cases = [
		[{ tls: 'starttls', auth: true }, 0, true], [{ tls: 'starttls', auth: true }, 55, false], [{ tls: 'wrapped' }, 0, false],
		[{ tls: 'starttls', certificate: 'expired' }, 60, false], [{ tls: 'starttls', certificate: 'wrong-name' }, 60, false], [{ tls: 'wrapped', certificate: 'stranger' }, 60, false],
	];
	for (const [i, [options, wanted, login]] of cases.entries()) {
		const mail = await startMail(path.join(dir, `mail-${i}`), options);
		try {
			const { status, stderr } = curl(mail, ...(login ? ['--user', `${mail.user}:${mail.password}`] : []));
			assert.equal(status, wanted, `${JSON.stringify(options)}: ${stderr}`);
			if (wanted === 0)
				assert.match((await mail.wait({ to: 'b@example.ca' })).received, /TLS/);
		} finally {
			await mail.stop();
		}
	}
});

test('the hostile server does what it is told, where it is told', async () => {
	const server = await HostileSmtp.open();
	const send = () => sendMail(server.port, { to: 'a@example.ca', data: 'Subject: x\n\n.dot' });
	try {
		assert.equal((await send()).code, 250);
		assert.deepEqual(server.messages, [{ from: 'somebody@example.ca', to: ['a@example.ca'], data: 'Subject: x\r\n\r\n.dot' }]);
		for (const verb of ['CONNECT', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'BODY']) {
			server.script = { [verb]: '451 4.3.0 later' };
			assert.equal((await send()).code, 451, verb);
			server.script = { [verb]: 'drop' };
			await assert.rejects(send(), /closed|ECONNRESET/, verb);
			server.script = { [verb]: 'hang' };
			server.verbs.length = 0;
			const hanging = send();
			assert.equal(await Promise.race([hanging.catch(() => 'ended'), new Promise((resolve) => { setTimeout(resolve, 300, 'waits'); })]), 'waits', verb);
			assert.equal(server.verbs.at(-1), verb);
			server.sockets.forEach((socket) => socket.destroy());
			await assert.rejects(hanging);
		}
		assert.equal(server.messages.length, 1);
		server.script = { BODY: 'take-and-drop' };
		await assert.rejects(send());
		assert.equal(server.messages.length, 2);
		server.script = { CONNECT: 'trickle' };
		const begun = Date.now();
		await Promise.race([send(), new Promise((resolve) => { setTimeout(resolve, 2500); })]).catch(() => undefined);
		assert.ok(Date.now() - begun >= 2500 && server.verbs.at(-1) === 'CONNECT', 'one byte a second');
	} finally {
		await server.stop();
	}
});

test('the mailbox shows them, the newest first, in both languages', async () => {
	const to = '"<img src=x>"@example.ca';
	const evil = '</pre><script>document.title = "taken"</script> javascript:alert(1) http://x.example.ca/"onclick="alert(1)';
	assert.equal((await sendMail(house.mail.port, { to, data: letter({ to, subject: '<b>bold</b>', text: evil, html: evil }) })).code, 250);
	await house.mail.wait({ to });
	await page.goto(`http://mail.localhost:${house.demoPort}/`);
	await at(page, 'stand-in-inbox');
	await lookTwice(page, 'mail');
	const mails = await page.locator('[data-mail-to]').evaluateAll((all) => all.map((one) => one.dataset.mailTo));
	assert.equal(mails[0], to);
	assert.deepEqual(new Set(mails), new Set([to, 'a@example.ca', 'louis@example.ca', french.to, english.to]));
	assert.equal(await page.locator('main script, main img, main b').count(), 0);
	assert.doesNotMatch(await page.title(), /taken/);
	assert.deepEqual(await page.locator('article').first().locator('a').evaluateAll((all) => all.map((one) => one.href)), ['http://x.example.ca/']);
	const mine = page.locator(`[data-mail-to="${english.to}"]`);
	assert.equal(await mine.getAttribute('data-mail-code'), '123456');
	assert.equal(await mine.locator('h2').innerText(), 'Your code: “don’t share it”');
	assert.equal((await mine.locator('pre.mail-text').innerText()).trimEnd(), english.text.trimEnd());
	assert.equal(await mine.locator('a').getAttribute('href'), 'http://auth.localhost/not-me?t=abc&lang=en');
	const other = page.locator(`[data-mail-to="${french.to}"]`);
	assert.equal(await other.locator('h2').innerText(), 'Votre méthode a changé – noël');
	assert.equal(await other.locator('h2').getAttribute('lang'), 'fr');
	assert.equal(await other.getAttribute('data-mail-code'), null);
});

test('looking again shows what came since; an empty mailbox says so', async () => {
	const to = 'dana@example.ca';
	await sendMail(house.mail.port, { to, data: letter({ to, subject: 'new', text: 'Code: 654321', html: 'Code: 654321' }) });
	await house.mail.wait({ to });
	await leads(page, () => page.locator('button.refresh').click());
	assert.equal(await page.locator('article').first().getAttribute('data-mail-code'), '654321');
	fs.renameSync(path.join(house.mail.dir, 'Maildir'), path.join(house.mail.dir, 'Maildir.away'));
	await leads(page, () => page.locator('button.refresh').click());
	assert.equal(await page.locator('[data-empty=yes]').count(), 1);
	await look(page, 'empty');
});
