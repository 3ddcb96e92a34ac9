/* mail.mjs - a real mail server on the loopback (Debian's Exim, src/demo/mail-server), and the mail that it was given, read as a
 * person's mail program would.  It keeps the real clock, whatever the story does with that of the programs: how old a code is
 * stands in the daemon's records, not in the mail.
 *
 *   const mail = await startMail(path.join(house.dir, 'mail'))     or openHouse({ mail: true }) and house.mail
 *   const message = await mail.wait({ to: 'marie@example.ca' })     each call gives the next one to that address
 *   mail.code(message), mail.link(message)
 *   await mail.stop(); await mail.start()                           the server is down; it is there again, with its mail
 *
 * A message is what postal-mime makes of it (headers, from, to, subject, text, html), and also
 *   raw         its bytes as they were delivered (lines end in LF), one character a byte
 *   envelope    { from, to } of the SMTP transaction
 *   header(n)   the value of a header as it travelled, folded and encoded: of the mail itself, not of the server's additions */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import PostalMime from 'postal-mime';
import { freePort, Program, source, until } from './house.mjs';

/* A CA of the story's own and a certificate of the server's.  kind: good, wrong-name, expired, stranger (of another CA).
 * Both are made in 2020, so that the programs' clock may go back. */
function certify(dir, kind) {
	const at = (name) => path.join(dir, name);
	const openssl = (...args) => execFileSync('faketime', ['2020-01-01 00:00:00', 'openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...args],
		{ stdio: 'ignore' });
	for (const ca of ['ca', 'stranger'])
		openssl('-subj', `/CN=Story ${ca}`, '-days', '36500', '-addext', 'keyUsage=critical,keyCertSign', '-keyout', at(`${ca}.key`), '-out', at(`${ca}.pem`));
	const ca = kind === 'stranger' ? 'stranger' : 'ca';
	openssl('-CA', at(`${ca}.pem`), '-CAkey', at(`${ca}.key`), '-subj', '/CN=mail', '-days', kind === 'expired' ? '1' : '36500', '-addext', 'basicConstraints=critical,CA:FALSE',
		'-addext', `subjectAltName=${kind === 'wrong-name' ? 'DNS:elsewhere.example.ca' : 'IP:127.0.0.1,DNS:localhost'}`, '-keyout', at('server.key'), '-out', at('server.pem'));
	return { ca: at('ca.pem'), macros: [`CERTIFICATE=${at('server.pem')}`, `KEY=${at('server.key')}`] };
}

/* The server's own lines stand above the mail's first. */
const added = /^(?:(?:Return-path|Envelope-to|Delivery-date|Received):[^\n]*\n(?:[ \t][^\n]*\n)*)+/;

async function read(file) {
	const bytes = fs.readFileSync(file);
	const message = await PostalMime.parse(bytes);
	const whole = bytes.toString('latin1');
	const above = Buffer.from(added.exec(whole)?.[0] ?? '', 'latin1').toString();
	message.raw = whole.replace(added, '');
	message.envelope = { from: /^Return-path: <(.*)>$/m.exec(above)?.[1], to: /^Envelope-to: (.*)$/m.exec(above)?.[1] };
	message.received = /^Received:(.*\n(?:[ \t].*\n)*)/m.exec(above)?.[1];
	const head = message.raw.split(/\r?\n\r?\n/, 1)[0].replace(/\r/g, '');
	message.header = (name) => new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)$`, 'im').exec(head)?.[1];
	return message;
}

/* 1795635578.M267669P10657.mail.localhost: in the order of their delivery. */
const moment = (name) => {
	const [, seconds, micro] = /^(\d+)\.M(\d+)P/.exec(name);
	return Number(seconds) * 1e6 + Number(micro);
};

class Mail {
	/* tls: undefined, 'starttls', 'wrapped' (smtps://); certificate: see certify(); auth: only for who gives user and password. */
	static async open(dir, { tls, certificate = 'good', auth = false, port } = {}) {
		const mail = new Mail();
		Object.assign(mail, { dir, macros: [], messages: new Map(), given: new Map() });
		mail.port = port ?? await freePort();
		fs.mkdirSync(dir, { recursive: true });
		fs.chmodSync(path.dirname(dir), 0o711);	/* the server is nobody when the story is root */
		if (tls) {
			const made = certify(dir, certificate);
			mail.ca = made.ca;
			mail.macros.push(...made.macros, ...(tls === 'wrapped' ? ['WRAPPED=yes'] : []));
		}
		if (auth) {
			[mail.user, mail.password] = ['vestibule', randomBytes(12).toString('hex')];
			mail.macros.push(`LOGIN=${mail.user}`, `PASSWORD=${mail.password}`);
		}
		mail.url = `${tls === 'wrapped' ? 'smtps' : 'smtp'}://127.0.0.1:${mail.port}`;
		await mail.start();
		return mail;
	}

	async start() {
		this.program = new Program('mail-server', path.join(source, 'src/demo/mail-server'), [this.dir, String(this.port), ...this.macros]);
		await until(`the mail server at ${this.url}`, () => {
			if (this.program.code !== undefined)
				throw new Error(`the mail server ended with ${this.program.code}:\n${this.program.said}${this.log()}`);
			return new Promise((resolve) => {
				const socket = net.connect(this.port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
				socket.on('error', () => resolve(false));
			});
		});
	}

	/* Down, with the connections that it has; what it had taken is still delivered. */
	async stop() {
		const { pid } = this.program.child;
		let sessions = [];
		if (this.program.code === undefined)
			sessions = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
		await this.program.stop();
		for (const session of sessions)
			try {
				process.kill(session, 'SIGTERM');
			} catch {
				/* it had ended */
			}
	}

	/* What the server says of what it was asked and did: addresses, sizes, refusals. */
	log() {
		return ['mainlog', 'rejectlog', 'paniclog'].map((name) => path.join(this.dir, name)).filter((file) => fs.existsSync(file)).map((file) => fs.readFileSync(file, 'utf8')).join('');
	}

	/* All that came, oldest first; to one address (as it was given in RCPT TO), or to anybody. */
	async all(to) {
		const folder = path.join(this.dir, 'Maildir/new');
		const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
		for (const name of names)
			if (!this.messages.has(name))
				this.messages.set(name, await read(path.join(folder, name)));
		return names.sort((a, b) => moment(a) - moment(b)).map((name) => this.messages.get(name)).filter((message) => to === undefined || message.envelope.to === to);
	}

	/* The next message to `to`: the first after `after` (a message of an earlier wait), or the first that no wait gave. */
	async wait({ to, after, seconds = 40 }) {
		let found;
		await until(`mail to ${to}`, async () => {
			const all = await this.all(to);
			found = after ? all[all.indexOf(after) + 1] : all.find((message) => !this.given.has(message));
			return found !== undefined;
		}, seconds);
		this.given.set(found, true);
		return found;
	}

	/* The code that a person would copy: one number of six digits, the same in both parts. */
	code(message) {
		const codes = (text) => new Set([...text.matchAll(/(?<![\w-])(\d{3})[ \u00a0\u202f]?(\d{3})(?![\w-])/g)].map(([, a, b]) => a + b));
		const [found, ...others] = codes(message.text);
		assert.ok(found && others.length === 0, `one code in: ${message.text}`);
		assert.ok(codes(message.html.replace(/<style[^]*?<\/style>|<[^>]*>/g, '')).has(found), 'the HTML part has the same code');
		return found;
	}

	/* The link that a person would follow: one address that fits, the same in both parts. */
	link(message, fits = /^http/) {
		const found = [...new Set(message.text.match(/https?:\/\/[^\s<>"]+/g) ?? [])].map((link) => link.replace(/[.,;:!?)]+$/, '')).filter((link) => fits.test(link));
		assert.equal(found.length, 1, `one link in: ${message.text}`);
		assert.ok(message.html.includes(`href="${found[0].replaceAll('&', '&amp;')}"`), 'the HTML part has the same link');
		return found[0];
	}

	/* The section `mail` of the daemon's configuration for this server. */
	section(directory) {
		const section = { url: this.url, from: 'no-reply@vestibule.example.ca' };
		if (this.ca)	/* on the loopback the default is none */
			Object.assign(section, { tls: 'required', ca_file: this.ca });
		if (this.user) {
			fs.writeFileSync(path.join(directory, 'mail.password'), `${this.password}\n`, { mode: 0o600 });
			Object.assign(section, { user: this.user, password_file: 'mail.password' });
		}
		return section;
	}
}

export const startMail = (dir, options) => Mail.open(dir, options);
