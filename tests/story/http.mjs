/* http.mjs - a plain HTTP client for the stories: every *.localhost name is loopback (RFC 6761 section 6.3), whatever this
 * machine's resolver thinks, and nothing is followed, decoded or retried behind the story's back. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

/* dns.lookup() for *.localhost. */
function lookup(name, options, done) {
	if (!/(^|\.)localhost$/.test(name))
		return done(new Error(`a story stays on this machine: ${name}`));
	return options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
}

/* Certificates, as PEM, that https requests go by: those of the stories' own making. */
export const trusted = [];

/* One request.  form: an object or a list of pairs, sent urlencoded. -> { status, headers, text, location, cookies } */
export function ask(url, { method, headers = {}, body, form, jar } = {}) {
	const fields = form && new URLSearchParams(form).toString();
	const all = { ...headers };
	if (fields !== undefined)
		all['content-type'] ??= 'application/x-www-form-urlencoded';
	if (jar?.size)
		all.cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
	return new Promise((resolve, reject) => {
		const request = (/^https:/.test(url) ? https : http).request(url, { ca: trusted, method: method ?? (fields === undefined && body === undefined ? 'GET' : 'POST'), headers: all, lookup, agent: false, timeout: 30000 });
		request.on('timeout', () => request.destroy(new Error(`no answer from ${url}`)));
		request.on('error', reject);
		request.on('response', (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('error', reject);
			answer.on('end', () => {
				const cookies = answer.headers['set-cookie'] ?? [];
				keep(jar, cookies);
				resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString(), location: answer.headers.location, cookies });
			});
		});
		request.end(fields ?? body);
	});
}

/* Put an answer's cookies into a jar, which is a Map from name to value. */
export function keep(jar, cookies) {
	if (!jar)
		return;
	for (const cookie of cookies) {
		const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
		if (/;\s*max-age=0/i.test(cookie))
			jar.delete(name);
		else
			jar.set(name, value);
	}
}

/* fetch() for openid-client. */
export async function fetchLocal(url, options = {}) {
	const answer = await ask(String(url), { method: options.method, headers: Object.fromEntries(new Headers(options.headers)), body: options.body && String(options.body) });
	const headers = new Headers();
	for (const [name, value] of Object.entries(answer.headers))
		for (const one of [value].flat())
			headers.append(name, one);
	return new Response([204, 304].includes(answer.status) ? null : answer.text, { status: answer.status, headers });
}

/* Bytes as they are, for what no client would send.  parts: texts, each sent after `pause` ms. -> the whole answer as text, "" when
 * the connection was closed without one; ends when the server closes, or after `wait` ms without a byte. */
export function raw(port, parts, { pause = 0, wait = 3000 } = {}) {
	return new Promise((resolve) => {
		let text = '', sending;
		const socket = net.connect(port, '127.0.0.1');
		const finish = () => {
			clearTimeout(sending);
			socket.destroy();
			resolve(text);
		};
		const send = (rest) => {
			if (rest.length === 0 || socket.destroyed)
				return;
			socket.write(Buffer.from(rest[0], 'latin1'));
			sending = setTimeout(send, pause, rest.slice(1));
		};
		socket.setTimeout(wait, finish);
		socket.on('connect', () => send([parts].flat()));
		socket.on('data', (data) => { text += data.toString('latin1'); });
		socket.on('error', () => undefined);
		socket.on('close', finish);
	});
}

/* The status of a raw answer, 0 without one. */
export const statusOf = (text) => Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);

/* What a page says, without a browser. */
export const pageOf = (html) => /<body[^>]* data-page="([^"]+)"/.exec(html)?.[1];
export const inputOf = (html, name) => new RegExp(`<input[^>]* name="${name}" value="([^"]*)"`).exec(html)?.[1].replaceAll('&amp;', '&');
export const errorOf = (html) => /data-error="([^"]+)"/.exec(html)?.[1];
