/* smtp.mjs - SMTP by hand: a client that says what it is told, and a server that misbehaves at the verb it is told. */
import net from 'node:net';
import PostalMime from 'postal-mime';
import { sleep } from './house.mjs';

/* Give a message to the server at `port`; data is the whole message.  -> { replies, code } of the transaction: the last reply's code. */
export async function sendMail(port, { from = 'somebody@example.ca', to, data, utf8 = false }) {
	const socket = net.connect(port, '127.0.0.1');
	const replies = [];
	let text = '', waiting, failure;
	const look = () => {
		const end = /^\d{3} .*\r\n/m.exec(text);
		if (end && waiting) {
			replies.push(text.slice(0, end.index + end[0].length));
			text = text.slice(end.index + end[0].length);
			waiting.resolve(Number(end[0].slice(0, 3)));
			waiting = undefined;
		} else if (failure) {
			waiting?.reject(failure);
		}
	};
	socket.on('data', (bytes) => { text += bytes; look(); });
	socket.on('error', (error) => { failure = error; look(); });
	socket.on('close', () => { failure ??= new Error('the server closed the connection'); look(); });
	const say = (line) => new Promise((resolve, reject) => {
		waiting = { resolve, reject };
		if (line !== undefined)
			socket.write(line);
		look();
	});
	try {
		let code = await say();
		const dots = Buffer.from(data).toString('latin1').replace(/\r?\n/g, '\r\n').replace(/(\r\n)?$/, '\r\n').replace(/^\./gm, '..');
		const lines = ['EHLO client.example.ca', `MAIL FROM:<${from}>${utf8 ? ' SMTPUTF8' : ''}`, ...[to].flat().map((one) => `RCPT TO:<${one}>`), 'DATA'];
		for (const line of lines) {
			if (code >= 400)
				return { replies, code };
			code = await say(`${line}\r\n`);
		}
		if (code < 400)
			code = await say(Buffer.from(`${dots}.\r\n`, 'latin1'));
		await say('QUIT\r\n').catch(() => undefined);
		return { replies, code };
	} finally {
		socket.destroy();
	}
}

/* The code of six digits in a message that a HostileSmtp took. */
export const codeIn = async ({ data }) => /(?<!\d)(\d{3})[ \u00a0\u202f]?(\d{3})(?!\d)/.exec((await PostalMime.parse(data)).text).slice(1).join('');

const polite = {
	CONNECT: '220 hostile.localhost ESMTP', EHLO: '250-hostile.localhost\r\n250-SMTPUTF8\r\n250 8BITMIME', HELO: '250 hostile.localhost', MAIL: '250 fine', RCPT: '250 fine',
	DATA: '354 go on', BODY: '250 taken', RSET: '250 fine', NOOP: '250 fine', QUIT: '221 bye',
};

/* A server that takes every message, except as `script` says: { VERB: what }, with the verbs above (CONNECT: the greeting; BODY: the
 * final dot).  what: 'hang' (no word more, the connection stays), 'drop' (it closes), 'take-and-hang' and 'take-and-drop' (BODY: the
 * message counts, the answer does not come), 'trickle' (its answers come one byte a second from here on), 'flood' (an answer without
 * end), or a text: the answer itself ('451 4.3.0 later').  `script` may be changed at any time; `verbs` is all that was said,
 * `messages` what it took.  release() ends the connections that it has; after stop(), start() listens at the same port again. */
export class HostileSmtp {
	static async open(script = {}) {
		const server = Object.assign(new HostileSmtp(), { script, verbs: [], messages: [], sockets: new Set(), connections: 0 });
		server.listener = net.createServer((socket) => server.serve(socket));
		await server.start();
		server.url = `smtp://127.0.0.1:${server.port}`;
		return server;
	}

	async start() {
		await new Promise((resolve) => { this.listener.listen(this.port ?? 0, '127.0.0.1', resolve); });
		this.port = this.listener.address().port;
	}

	serve(socket) {
		const talk = { socket, text: '', to: [], slow: false };
		this.connections++;
		this.sockets.add(socket);
		socket.setEncoding('latin1');
		socket.on('error', () => undefined);
		socket.on('close', () => this.sockets.delete(socket));
		talk.queue = this.answer(talk, 'CONNECT');
		socket.on('data', (part) => {
			talk.text += part;
			talk.queue = talk.queue.then(() => this.hear(talk));
		});
	}

	/* Everything that is whole in what came so far. */
	async hear(talk) {
		for (;;) {
			const end = talk.text.indexOf(talk.body ? '\r\n.\r\n' : '\r\n');
			if (end < 0 || talk.deaf)
				return;
			const said = talk.text.slice(0, end);
			talk.text = talk.text.slice(end + (talk.body ? 5 : 2));
			await (talk.body ? this.hearBody(talk, said) : this.hearLine(talk, said));
		}
	}

	async hearBody(talk, said) {
		const message = { from: talk.from, to: talk.to, data: said.replace(/^\.\./gm, '.') };
		talk.body = false;
		talk.to = [];
		const taken = /^take-/.test(this.script.BODY);
		const code = await this.answer(talk, 'BODY');
		if (code === 250 || taken)
			this.messages.push(message);
	}

	async hearLine(talk, line) {
		const verb = line.slice(0, 4).toUpperCase();
		const address = /<(.*)>/.exec(line)?.[1];
		const code = await this.answer(talk, verb);
		if (verb === 'MAIL')
			talk.from = address;
		if (verb === 'RCPT' && code < 300)
			talk.to.push(address);
		talk.body = verb === 'DATA' && code === 354;
		if (verb === 'QUIT')
			talk.socket.end();
	}

	/* -> the code that was answered, 0 for none. */
	async answer(talk, verb) {
		const what = this.script[verb];
		this.verbs.push(verb);
		if (what === 'hang' || what === 'take-and-hang') {
			talk.deaf = true;
			return 0;
		}
		if (what === 'drop' || what === 'take-and-drop') {
			talk.deaf = true;
			talk.socket.destroy();
			return 0;
		}
		if (what === 'flood')
			return this.flood(talk);
		talk.slow ||= what === 'trickle';
		const text = what && what !== 'trickle' ? what : polite[verb] ?? '502 no such verb';
		await this.say(talk, `${text}\r\n`);
		return Number(text.slice(0, 3)) || 0;
	}

	async say(talk, text) {
		if (!talk.slow) {
			talk.socket.write(text);
			return;
		}
		for (const byte of text) {
			if (talk.socket.destroyed)
				return;
			talk.socket.write(byte);
			await sleep(1000);
		}
	}

	/* 64 MB at most, and no more than the peer reads. */
	async flood(talk) {
		const line = `250-${'x'.repeat(60000)}\r\n`;
		talk.deaf = true;
		for (let sent = 0; sent < 64e6 && !talk.socket.destroyed; sent += line.length)
			if (!talk.socket.write(line))
				await new Promise((resolve) => { talk.socket.once('drain', resolve).once('close', resolve); });
		return 0;
	}

	/* As the real one's: for the daemon's configuration. */
	section() {
		return { url: this.url, from: 'no-reply@vestibule.example.ca' };
	}

	release() {
		for (const socket of this.sockets)
			socket.destroy();
	}

	async stop() {
		this.release();
		await new Promise((resolve) => { this.listener.close(resolve); });
	}
}
