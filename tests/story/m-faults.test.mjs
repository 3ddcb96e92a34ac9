/* The mail server is down, refuses, hangs, trickles or drops at any verb, has no TLS or another's certificate; the service is killed
 * in the middle, or told of another server.  Nobody waits for it, the person is told what to do, the operator sees it, and what can
 * still arrive does, once.
 * ATTACKS: F25, DESIGN.md section 4. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { openPage, openStory } from './browser.mjs';
import { until } from './house.mjs';
import { at, chooseMail, enterCode, firstVisit, giveAddress, keepCodes, laterVisit, press, says, sentence, toEnrol, toSecondFactor } from './journey.mjs';
import { startMail } from './mail.mjs';
import { codeIn, HostileSmtp } from './smtp.mjs';

const verbs = ['CONNECT', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'BODY'];
const words = 'words-of-the-server';
const limits = { login_lifetime: '24h', mail_sends_hour: 20, mail_sends_day: 100 };
const addresses = { ann: 'ann.of.the.story@example.ca', bob: 'bob.of.the.story@example.ca', zoe: 'zoe.of.the.story@example.ca' };
let house, browser, portal, server, visitor, app, ann, bob, said = '', since = 0;
const codes = new Set();

/* Somebody new, at the page that asks for the code from the mail. */
async function enrolling(user, address) {
	const page = await openPage(browser);
	await toEnrol(page, portal, { user });
	await chooseMail(page);
	await giveAddress(page, address);
	await at(page, 'enrol-mail-code');
	return page;
}

const idOf = ({ data }) => /^Message-ID: (<.*>)\r$/im.exec(data)[1];
async function codeOf(message) {
	const code = await codeIn(message);
	codes.add(code);
	return code;
}
const masked = (address) => address.replace(/^(.)[^@]*@(.)[^.]*/, '$1•••@$2•••');
const last = (to) => server.messages.findLast((message) => message.to[0] === to);

async function metric(name, from = house) {
	return Number(new RegExp(`^vestibule_${name} (.*)$`, 'm').exec(await from.metrics())[1]);
}
const figures = async () => Object.fromEntries(await Promise.all(['sent', 'retried', 'failed'].map(async (name) => [name, await metric(`mails_${name}_total`)])));
const nothingWaits = (seconds) => until('an empty outbox', async () => await metric('mails_waiting') === 0, seconds);

/* The server is well again: a little later than the next step of the retries' clock, everything has left. */
async function heal() {
	server.script = {};
	server.release();
	for (let i = 0; i < 12; i++) {
		if (await nothingWaits(0.5).then(() => true, () => false))
			return;
		house.clock.forward(31);
	}
	assert.fail(`mails still wait:\n${house.daemon.said.slice(-2000)}`);
}

/* The person asks for the code once more; the page comes, and says so. */
async function asks(page, said = 'new') {
	assert.equal((await press(page, 'resend')).status(), 200);
	await at(page, 'second-factor');
	await says(page, `mail-sent.${said}`);
}

async function tellsWhatToDo(page) {
	await page.locator('summary', { hasText: sentence('en', 'mail-sent.late-title') }).click();
	await says(page, 'mail-sent.late');
}

/* Two mails, for both threads of the sender, with the server like that; what was said of them from then on. */
async function twoMails(script) {
	await nothingWaits();
	if (house.clock.offset - since > 4 * 3600)
		await comeBack();
	server.release();
	house.clock.forward(601);	/* earlier codes are worth nothing: the mails of a test are its own */
	Object.assign(server, { script, verbs: [], messages: [] });
	const begun = { figures: await figures(), said: house.daemon.said.length };
	await asks(ann);
	await asks(bob);
	return begun;
}

/* What came: those two mails and no other, each once. */
function cameOnce() {
	assert.deepEqual(server.messages.map(({ to }) => to).sort(), [[addresses.ann], [addresses.bob]]);
	assert.equal(new Set(server.messages.map(idOf)).size, 2);
}

const outcomes = (begun) => new Set([...house.daemon.said.slice(begun.said).matchAll(/ outcome=(\S+)/g)].map(([, outcome]) => outcome));

/* Log and metrics told the operator how it went. */
async function told(begun, outcome) {
	const now = await figures();
	assert.ok(now.retried >= begun.figures.retried + 2, 'each try that failed is counted');
	assert.deepEqual([now.sent, now.failed], [begun.figures.sent + 2, begun.figures.failed]);
	assert.ok(outcomes(begun).has(outcome), `${[...outcomes(begun)]} has ${outcome}`);
}

/* Somebody whose second factor is the mail, after the first visit. */
async function enrolled(user, address) {
	const page = await enrolling(user, address);
	await until(`a mail to ${address}`, () => last(address));
	await enterCode(page, await codeOf(last(address)));
	await keepCodes(page);
	await at(page, 'portal');
	return page;
}

/* The provider's word is good for eight hours: they come back before it ends. */
async function comeBack() {
	for (const [page, user] of [[ann, 'p1'], [bob, 'p2']]) {
		await page.context().clearCookies();
		await toSecondFactor(page, portal, { user });
	}
	since = house.clock.offset;
	await nothingWaits();
}

before(async () => {
	server = await HostileSmtp.open();
	[house, browser] = await openStory({ mail: server, limits, portals: { ptpha: { session: { idle: '12h', absolute: '24h' } } } });
	portal = house.portals.ptpha;
	visitor = await openPage(browser);
	({ app } = await firstVisit(visitor, house, { user: 'marie' }));
	[ann, bob] = await Promise.all([enrolled('p1', addresses.ann), enrolled('p2', addresses.bob)]);
	await comeBack();
});
afterEach(async () => {
	portal.visits.length = 0;
	await Promise.all(server.messages.filter(({ data }) => /code/i.test(data)).map((message) => codeOf(message).catch(() => undefined)));
});
after(async () => {
	await browser?.close();
	await house?.stop();
	await server?.stop();
});

/* Somebody signs in with an app, from the portal and back to it. */
async function somebodySignsIn() {
	await visitor.context().clearCookies();
	await laterVisit(visitor, portal, app, { user: 'marie' });
}

/* With both mails in the server's hands: nobody waits for it, neither where no mail is sent nor where one is. */
async function nobodyWaits() {
	const held = [...server.sockets];
	await somebodySignsIn();
	await tellsWhatToDo(ann);
	await asks(ann, 'again');
	assert.deepEqual([...server.sockets], held, 'all this came while the server held both mails');
	assert.equal(await metric('mails_waiting'), 3);
	assert.ok(await metric('mail_oldest_seconds') > 0);
}

for (const [verb, how] of [...verbs.map((one) => [one, 'hang']), ['CONNECT', 'trickle']])
	test(`${how} at ${verb}: pages and sign-ins do not wait, and the mails come later`, async () => {
		const begun = await twoMails({ [verb]: how });
		await until('both mails to be held', () => server.verbs.filter((one) => one === verb).length === 2);
		await nobodyWaits();
		assert.equal(server.messages.length, 0);
		await heal();
		assert.equal(server.messages.length, 3);
		assert.equal(new Set(server.messages.map(idOf)).size, 3, 'each came once');
		assert.ok(outcomes(begun).has('closed'));
	});

test('an answer to the message that takes eleven seconds is waited for: the mail does not come twice', async () => {
	const begun = await twoMails({ BODY: 'trickle' });
	await somebodySignsIn();
	await nothingWaits();
	await until('the last byte of the answers', () => server.messages.length === 2);
	cameOnce();
	assert.deepEqual([...outcomes(begun)], ['250']);
});

/* Each way to put a mail off: the outcome that the operator reads. */
const later = [
	...verbs.map((verb) => [{ [verb]: `451 4.3.0 ${words}` }, '451']), ...verbs.map((verb) => [{ [verb]: 'drop' }, 'closed']),
	[{ CONNECT: `554 5.3.2 ${words}` }, '554'], [{ EHLO: `554 5.3.2 ${words}`, HELO: `554 5.3.2 ${words}` }, '554'], [{ MAIL: `550 5.7.1 ${words}` }, '550'],
];
for (const [script, outcome] of later) {
	if (script.EHLO && script.EHLO !== 'drop')
		script.HELO = script.EHLO;
	test(`${Object.entries(script).map((pair) => pair.join(": ").replace(` ${words}`, "")).join(", ")}: tried again, and it comes once`, async () => {
		const begun = await twoMails(script);
		await until('both tries to be told', () => house.daemon.said.slice(begun.said).split('Mail not sent').length > 2);
		await tellsWhatToDo(bob);
		assert.equal(server.messages.length, 0);
		await heal();
		cameOnce();
		await told(begun, outcome);
	});
}

for (const verb of ['RCPT', 'DATA', 'BODY'])
	test(`550 at ${verb}: given up, and the page says so`, async () => {
		const begun = await twoMails({ [verb]: `550 5.1.1 <${addresses.ann}> ${words}` });
		await nothingWaits();
		for (const [page, address] of [[ann, addresses.ann], [bob, addresses.bob]]) {
			await page.goto(page.url());
			await says(page, 'mail-sent.failed', { address: masked(address) });
			await says(page, 'mail-sent.failed-next');
		}
		const now = await figures();
		assert.deepEqual([now.sent, now.retried, now.failed], [begun.figures.sent, begun.figures.retried, begun.figures.failed + 2]);
		assert.deepEqual([...outcomes(begun)], ['550']);
		server.script = {};
		await asks(ann, 'again');
		await nothingWaits();
		assert.deepEqual(server.messages.map(({ to }) => to), [[addresses.ann]], 'what was given up does not come any more, what is asked for does');
	});

test('dropped after the end of the message: it comes again, as the same message', async () => {
	await twoMails({ BODY: 'take-and-drop' });
	await until('both to be taken', () => server.messages.length >= 2);
	await heal();
	for (const to of [addresses.ann, addresses.bob]) {
		const copies = server.messages.filter((message) => message.to[0] === to);
		assert.ok(copies.length >= 2);
		assert.equal(new Set(copies.map(({ data }) => data)).size, 1, 'byte for byte, with the same Message-ID');
	}
});

test('the help desk sees what became of the mails, the person of the second factor has other ways', async () => {
	await twoMails({ RCPT: `550 5.1.1 ${words}` });
	await nothingWaits();
	await ann.goto(ann.url());
	assert.equal(await ann.locator('button[name=action][value=recover]').count(), 1);
	const reference = await ann.locator('[data-support-reference]').first().getAttribute('data-support-reference');
	const { mails } = JSON.parse(house.ctl('--json', 'account', 'show', reference));
	assert.deepEqual([mails[0].mail, mails[0].to, mails[0].state, mails[0].outcome, mails[0].tries], ['mail-code', masked(addresses.ann), 'failed', '550', 1]);
	assert.ok(mails.length <= 10 && mails.some(({ state, outcome }) => state === 'sent' && outcome === '250'));
});

test('nobody listens for an hour: the notice comes, the code that is worthless by then does not', async () => {
	server.script = {};
	house.clock.forward(601);
	const page = await enrolling('p4', addresses.zoe);
	await nothingWaits();
	const code = await codeOf(last(addresses.zoe));
	await server.stop();
	server.messages.length = 0;
	await asks(bob);
	await enterCode(page, code);
	await at(page, 'recovery-codes');
	await page.context().close();
	assert.equal(await metric('mails_waiting'), 2);
	const begun = await figures();
	house.clock.forward(3600);
	await until('the code to be given up', async () => (await figures()).failed === begun.failed + 1);
	await server.start();
	await heal();
	await until('the notice', async () => {
		house.clock.forward(601);
		return nothingWaits(1).then(() => true, () => false);
	});
	assert.deepEqual(server.messages.map(({ to }) => to), [[addresses.zoe]]);
	await bob.goto(bob.url());
	await nothingWaits();
	assert.deepEqual(server.messages.map(({ to }) => to), [[addresses.zoe], [addresses.bob]], 'the page sends another one, since the code is over');
});

test('killed between the sending and its note: it comes again after the lease, as the same message', async () => {
	await twoMails({ BODY: 'take-and-hang' });
	await until('both to be taken', () => server.messages.length === 2);
	said += house.daemon.said;
	await house.restart('SIGKILL');
	server.script = {};
	await ann.goto(ann.url());
	await at(ann, 'second-factor');
	assert.equal(await metric('mails_waiting'), 2);
	assert.equal(server.messages.length, 2, 'not before the lease has ended');
	house.clock.forward(61);
	await nothingWaits();
	assert.equal(server.messages.length, 4);
	for (const to of [addresses.ann, addresses.bob])
		assert.equal(new Set(server.messages.filter((message) => message.to[0] === to).map(({ data }) => data)).size, 1, 'byte for byte, with the same Message-ID');
	await enterCode(ann, await codeOf(last(addresses.ann)));
	await at(ann, 'portal');
});

test('no TLS where it is required, certificates that do not fit, and SIGHUP to the server that is right', async () => {
	const servers = [];
	const turnTo = async (mail) => {
		const before = house.daemon.said.length;
		house.config.mail = mail;
		house.rewrite();
		house.daemon.child.kill('SIGHUP');
		await until('the reload', () => /Reload/.test(house.daemon.said.slice(before)));
		assert.match(house.daemon.said.slice(before), /"Reloaded"|Reloaded/);
		house.clock.forward(601);
	};
	const open = async (certificate) => {
		const mail = await startMail(path.join(house.dir, `mail-${certificate}`), { tls: 'starttls', certificate });
		servers.push(mail);
		return mail;
	};
	try {
		await nothingWaits();
		const mails = await Promise.all(['wrong-name', 'stranger', 'expired', 'good'].map(open));
		const good = mails.pop();
		server.release();
		Object.assign(server, { verbs: [], messages: [] });
		await turnTo({ ...server.section(), tls: 'required' });
		await asks(bob);
		await until('no TLS to be told', () => house.daemon.said.includes('no-tls'));
		assert.ok(!server.verbs.includes('MAIL'), 'nothing was said to it');
		for (const mail of mails) {
			const before = house.daemon.said.length;
			await turnTo(mail.section(house.dir));
			await asks(bob);
			await until('the certificate to be told', () => house.daemon.said.slice(before).includes('certificate'));
		}
		await turnTo(good.section(house.dir));
		await asks(bob);
		const message = await good.wait({ to: addresses.bob });
		assert.match(message.received, /TLS/);
		await nothingWaits();
		assert.deepEqual(await Promise.all([...mails, good].map(async (mail) => (await mail.all()).length)), [0, 0, 0, 1]);
		assert.equal(server.messages.length, 0);
		await enterCode(bob, good.code(message));
		await at(bob, 'portal');
	} finally {
		await Promise.all(servers.map((mail) => mail.stop()));
	}
});

test('the log of all this names nobody, has no code, and none of the words that the server said', async () => {
	said += house.daemon.said;
	assert.ok(said.includes('Mail not sent') && said.includes('Mail given up') && said.includes('Mail sent'));
	assert.ok(!said.includes(words));
	assert.doesNotMatch(said, /of\.the\.story|example\.ca|@/);
	assert.ok(codes.size > 5);
	for (const code of codes)
		assert.doesNotMatch(said, new RegExp(`(?<![\\d.])${code}(?!\\d)`));
});
