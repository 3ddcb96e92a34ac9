/* Codes by e-mail: a first visit that chooses them, the visits after it, what people mistype, what strangers try, and a mail server that
 * is down, slow or refuses.  In both languages.
 * ATTACKS: F09 F10 F21 F22 F23 F24 F25, DESIGN.md section 4. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { formError, jarOf, look, lookTwice, openPage, openStory } from './browser.mjs';
import { ask } from './http.mjs';
import { openHouse, until } from './house.mjs';
import { at, chooseMail, enterCode, firstVisitByMail, giveAddress, keepCodes, mailedCode, mailOf, otherCode, press, recoveryCodes, says, sentence, toEnrol, toSecondFactor } from './journey.mjs';
import { HostileSmtp } from './smtp.mjs';

const mailAcr = 'urn:vestibule:acr:loa2-mail';
let house, browser, portal, page, people = 0;
before(async () => {
	[house, browser] = await openStory({ mail: true });
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });
beforeEach(() => { portal.visits.length = 0; });

const somebody = () => `p${++people}`;

async function open(language) {
	await page?.context().close();
	page = await openPage(browser, { locale: `${language}-CA` });
}

async function refused(code, name, status = 422, where = 'enrol-mail-code') {
	assert.equal((await enterCode(page, code)).status(), status, `"${code}"`);
	await at(page, where);
	assert.equal(await formError(page), name, `"${code}"`);
	assert.equal(await page.locator('input[name=code]').inputValue(), '', 'the field is empty again');
	assert.equal(portal.visits.length, 0);
}

async function arrived(amr = ['mail', 'mfa']) {
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	assert.deepEqual([...portal.last.claims.amr].sort(), amr);
	assert.equal(portal.last.claims.acr, mailAcr);
}

async function toAddress(language) {
	await open(language);
	await toEnrol(page, portal, { user: somebody() });
	await chooseMail(page);
}

/* A new person, at the page that asks for the code from the mail. */
async function toCode(language, address) {
	await toAddress(language);
	await giveAddress(page, address);
	await at(page, 'enrol-mail-code');
}

for (const language of ['en', 'fr']) {
	const mailbox = (name) => `${name}-${language}@example.ca`;

	test(`${language}: a first visit by e-mail, its mistakes, and the second visit`, async () => {
		const address = mailbox('first'), user = somebody();
		await open(language);
		await toEnrol(page, portal, { user });
		assert.equal(await page.locator('input[name=method]').count(), 2);
		await says(page, 'enrol.recommended');
		assert.equal(await page.locator('input[name=method]:checked').count(), 0, 'nothing is chosen for the person');
		await lookTwice(page, 'two-methods');
		assert.equal((await press(page, 'continue')).status(), 422);
		assert.equal(await formError(page), 'required');
		await look(page, 'required');
		await chooseMail(page);
		await lookTwice(page);
		for (const [typed, name] of [['', 'required'], ['marie@', 'malformed']]) {
			assert.equal((await giveAddress(page, typed)).status(), 422);
			assert.equal(await formError(page), name);
			assert.equal(await page.locator('input[name=email]').inputValue(), typed, 'what was typed can be corrected');
			await look(page, name);
		}
		await giveAddress(page, ` ${address} `);
		await at(page, 'enrol-mail-code');
		await says(page, 'mail-sent.lead', { address });
		await lookTwice(page);
		const mail = await mailOf(house, address, 'mail-code', language), code = house.mail.code(mail);
		assert.match(mail.text, sentence(language, 'mail-code.enrolment'));
		for (const [typed, name] of [['', 'required'], ['12345', 'malformed'], ['abcdef', 'malformed'], [otherCode(code), 'wrong']]) {
			await refused(typed, name);
			await look(page, name);
		}
		await enterCode(page, ` ${code.slice(0, 3)}-${code.slice(3)} `);
		await at(page, 'recovery-codes');
		await look(page, 'by-mail');
		assert.equal((await recoveryCodes(page)).length, 10);
		await keepCodes(page);
		await arrived();
		const notice = await mailOf(house, address, 'mail-factor-enrolled', language);
		assert.match(notice.text, sentence(language, 'mail.method-mail'));
		const { sub } = portal.last.claims;

		portal.visits.length = 0;
		await open(language);
		await toSecondFactor(page, portal, { user });
		const text = await page.content();
		assert.ok(!text.includes(address) && text.includes(`f•••@e•••.ca`), 'the address is masked');
		await lookTwice(page, 'mail');
		await page.reload();
		const second = await mailOf(house, address, 'mail-code', language);
		assert.match(second.text, sentence(language, 'mail-code.sign-in'));
		await refused(otherCode(house.mail.code(second)), 'wrong', 422, 'second-factor');
		await look(page, 'mail-wrong');
		assert.equal((await house.mail.all(address)).length, 3, 'a reload or the other language sends nothing');
		await enterCode(page, house.mail.code(second));
		await arrived();
		assert.equal(portal.last.claims.sub, sub);
	});

	test(`${language}: the same code is sent again; a new one once it is spent or too old (F21)`, async () => {
		const address = mailbox('again');
		await toCode(language, address);
		const code = await mailedCode(house, address, language);
		await press(page, 'resend');
		await says(page, 'mail-sent.again');
		await look(page, 'again');
		const again = await mailOf(house, address, 'mail-code', language);
		assert.equal(house.mail.code(again), code);
		assert.match(again.text, sentence(language, 'mail-code.again'));
		for (let i = 0; i < 5; i++)
			await refused(otherCode(code), 'wrong');
		await refused(code, 'exhausted');
		await look(page, 'exhausted');
		await press(page, 'resend');
		await says(page, 'mail-sent.new');
		await look(page, 'new');
		const fresh = await mailedCode(house, address, language);
		await refused(otherCode(fresh), 'wrong');
		assert.notEqual(fresh, code);
		await refused(code, 'wrong');
		house.clock.forward(601);
		await refused(fresh, 'expired');
		await look(page, 'expired');
		await press(page, 'resend');
		await enterCode(page, await mailedCode(house, address, language));
		await at(page, 'recovery-codes');
	});

	test(`${language}: another address: the code of the former one is worth nothing (F21)`, async () => {
		const [first, second] = [mailbox('mistyped'), mailbox('right')];
		await toCode(language, first);
		const old = await mailedCode(house, first, language);
		await press(page, 'cancel');
		await at(page, 'enrol-mail');
		await giveAddress(page, second);
		await at(page, 'enrol-mail-code');
		await says(page, 'mail-sent.lead', { address: second });
		const code = await mailedCode(house, second, language);
		assert.notEqual(code, old);	/* once in a million runs they are the same */
		await refused(old, 'wrong');
		await enterCode(page, code);
		await at(page, 'recovery-codes');
	});

	test(`${language}: five mails an hour, ten a day, to one address or for one person (F22)`, async () => {
		const address = mailbox('many');
		await toCode(language, address);
		for (let i = 0; i < 4; i++)
			await press(page, 'resend');
		await says(page, 'mail-sent.again');
		await press(page, 'resend');
		await says(page, 'mail-sent.limited');
		await look(page, 'limited');
		await until('five mails', async () => (await house.mail.all(address)).length === 5);
		await page.reload();
		await press(page, 'cancel');
		const wait = Number((await (await giveAddress(page, mailbox('other'))).allHeaders())['retry-after']);
		assert.ok(wait > 3000 && wait <= 3600, `the person waits for other addresses too: ${wait}`);
		assert.equal(await formError(page), 'locked');
		await says(page, 'field.email.locked');
		await look(page, 'locked');
		await house.restart('SIGKILL');

		const upper = address.replace('many', 'MANY');
		const ask = async () => {
			await toAddress(language);
			return giveAddress(page, upper);
		};
		assert.equal((await ask()).status(), 429, 'somebody else cannot fill this mailbox, in any spelling');
		house.clock.forward(3601);
		await ask();
		await at(page, 'enrol-mail-code');
		for (let i = 0; i < 4; i++)
			await press(page, 'resend');
		await says(page, 'mail-sent.again');
		await until('ten mails', async () => (await house.mail.all(address)).length + (await house.mail.all(upper)).length === 10);
		house.clock.forward(3601);
		assert.equal((await ask()).status(), 429);
		assert.match(await page.locator('main').innerText(), language === 'fr' ? /2[12]\sheures/ : /2[12]\shours/, 'the wait of a day is told in words');
		await look(page, 'locked-day');
		assert.equal((await house.mail.all(address)).length + (await house.mail.all(upper)).length, 10);
		house.clock.forward(86400);
	});

	test(`${language}: the code of another session or purpose opens nothing (F21)`, async () => {
		const address = mailbox('purpose'), user = somebody();
		await toCode(language, address);
		const mine = await mailedCode(house, address, language);
		const other = await openPage(browser, { locale: `${language}-CA` });
		await toEnrol(other, portal, { user });
		await chooseMail(other);
		await giveAddress(other, address);
		await at(other, 'enrol-mail-code');
		const theirs = await mailedCode(house, address, language);
		assert.notEqual(mine, theirs);
		await refused(theirs, 'wrong');
		assert.equal((await enterCode(other, mine)).status(), 422);
		await enterCode(other, theirs);
		await at(other, 'recovery-codes');
		await keepCodes(other);
		await at(other, 'portal');
		await other.context().close();

		portal.visits.length = 0;
		await open(language);
		await toSecondFactor(page, portal, { user });
		const code = await mailedCode(house, address, language);
		assert.notEqual(code, theirs);
		await refused(theirs, 'wrong', 422, 'second-factor');
		const second = await openPage(browser, { locale: `${language}-CA` });
		await toSecondFactor(second, portal, { user });
		const newest = await mailedCode(house, address, language);
		assert.notEqual(newest, code);
		assert.equal((await enterCode(second, code)).status(), 422, 'a code of another session of the same person');
		await second.context().close();
		await enterCode(page, code);
		await arrived();
	});

	test(`${language}: what is no address sends no mail; addresses of the world do (F23)`, async () => {
		await toAddress(language);
		const before = (await house.mail.all()).length;
		const jar = await jarOf(page.context(), house.issuer), { searchParams } = new URL(page.url()), r = searchParams.get('r');
		const csrf = await page.locator('input[name=csrf]').first().inputValue();
		const evil = ['victim@example.ca\r\nBcc: evil@example.ca', 'victim@example.ca\nSubject: x', 'a@example.ca,b@example.ca', 'a@example.ca;b@example.ca', 'Marie <a@example.ca>', '<a@example.ca>',
			'"a b"@example.ca', '"a@b"@example.ca', 'a@[127.0.0.1]', 'a@localhost', 'a@@example.ca', 'a b@example.ca', '@example.ca', 'a@example..ca', 'a@-example.ca', `${'a'.repeat(65)}@example.ca`,
			`a@${'b.'.repeat(130)}ca`, 'a\0@example.ca', 'a@example.ca>\r\nRCPT TO:<b@example.ca', '.a@example.ca', 'a.@example.ca'];
		for (const email of evil) {
			const answer = await ask(`${house.issuer}/enrol/mail?r=${r}`, { jar: new Map(jar), form: { r, csrf, action: 'continue', email } });
			assert.ok([400, 422].includes(answer.status), `${JSON.stringify(email)}: ${answer.status} ${answer.location}`);
		}
		await giveAddress(page, 'victim@example.ca,evil@example.ca');
		assert.equal(await formError(page), 'malformed');
		await look(page, 'two-addresses');
		for (const [typed, to] of [[`Élodie.${language}+impôt@exämple.ca`, `Élodie.${language}+impôt@xn--exmple-cua.ca`], [`Marie+${language}@Example.CA`, `Marie+${language}@example.ca`]]) {
			await giveAddress(page, typed);
			await at(page, 'enrol-mail-code');
			await says(page, 'mail-sent.lead', { address: typed.replace(/@.*/, (domain) => domain.toLowerCase()) });
			await look(page, typed.startsWith('M') ? 'tagged' : 'international');
			const code = await mailedCode(house, to, language);
			if (to.startsWith('Marie'))
				await enterCode(page, code);
			else
				await press(page, 'cancel');
		}
		await at(page, 'recovery-codes');
		await until('the notice', async () => (await house.mail.all()).length === before + 3);
		assert.deepEqual((await house.mail.all()).slice(before).map(({ to }) => to.length), [1, 1, 1], 'one recipient each');
	});

	test(`${language}: who opens the mail or its pages before the person does changes nothing (F24)`, async () => {
		const address = mailbox('scanner');
		await toCode(language, address);
		const mail = await mailOf(house, address, 'mail-code', language), code = house.mail.code(mail);
		assert.ok(!/https?:\/\//.test(mail.text) && !/href|src=/.test(mail.html), 'there is nothing to open in it');
		const r = new URL(page.url()).searchParams.get('r'), csrf = await page.locator('input[name=csrf]').first().inputValue();
		for (const jar of [new Map(), await jarOf(page.context(), house.issuer)])
			for (const path of ['enrol/mail/code', 'enrol/mail', 'second-factor', 'continue'])
				await ask(`${house.issuer}/${path}?${new URLSearchParams({ r, csrf, code, action: 'continue' })}`, { jar });
		await page.reload();
		await at(page, 'enrol-mail-code');
		await enterCode(page, code);
		await at(page, 'recovery-codes');
	});

	test(`${language}: five wrong codes are followed by a wait, for every session, and a recovery code gets past it (F09, F10)`, async () => {
		const address = mailbox('guessed'), user = somebody();
		await open(language);
		const { codes } = await firstVisitByMail(page, house, address, language, { user });
		portal.visits.length = 0;
		const guess = async () => {
			await open(language);
			await toSecondFactor(page, portal, { user });
			return mailedCode(house, address, language);
		};
		let code = await guess();
		for (let i = 0; i < 3; i++)
			await refused(otherCode(code), 'wrong', 422, 'second-factor');
		code = await guess();
		for (let i = 0; i < 2; i++)
			assert.ok([422, 429].includes((await enterCode(page, otherCode(code))).status()));
		const locked = async (least, most) => {
			const wait = Number((await (await enterCode(page, code)).allHeaders())['retry-after']);
			assert.ok(wait > least && wait <= most, `Retry-After ${wait}: even the right code has to wait`);
			assert.equal(await formError(page), 'locked');
			await says(page, 'field.code-mail.locked');
		};
		await locked(0, 30);
		await look(page, 'mail-locked');
		await mailOf(house, address, 'mail-factor-locked', language);
		await house.restart('SIGKILL');
		code = await guess();
		await locked(0, 30);
		house.clock.forward(31);
		assert.ok([422, 429].includes((await enterCode(page, otherCode(code))).status()));
		await locked(30, 60);
		await press(page, 'recover');
		await at(page, 'recover');
		await look(page, 'mail');
		await page.locator('input[name=recovery_code]').fill(codes[0]);
		await press(page, 'continue');
		await at(page, 'success');
		await look(page, 'mail-recovered');
		house.clock.forward(61);
		code = await guess();
		await enterCode(page, code);
		await arrived();
	});

	test(`${language}: too many codes asked for while signing in: the page says how long, and what still works`, async () => {
		const address = mailbox('impatient'), user = somebody();
		await open(language);
		await firstVisitByMail(page, house, address, language, { user });
		portal.visits.length = 0;
		await open(language);
		await toSecondFactor(page, portal, { user });
		const code = await mailedCode(house, address, language);
		for (let i = 0; i < 4; i++)
			await press(page, 'resend');
		await press(page, 'resend');
		await says(page, 'mail-sent.limited');
		await look(page, 'mail-limited');
		const other = await openPage(browser, { locale: `${language}-CA` });
		await toSecondFactor(other, portal, { user });
		await says(other, 'mail-sent.none');
		assert.equal(await other.locator('input[name=code]').count(), 0, 'nothing can be entered');
		assert.ok(!sentence(language, 'mail-sent.lead').test(await other.locator('main').innerText()), 'no code was sent here, and the page does not say so');
		await look(other, 'mail-none-sent');
		await other.context().close();
		await enterCode(page, code);
		await arrived();
	});

	test(`${language}: the mail server is down: the page comes at once and says what to do; the mail comes when it is back`, async () => {
		const address = mailbox('down'), user = somebody();
		await open(language);
		await firstVisitByMail(page, house, address, language, { user });
		await mailOf(house, address, 'mail-factor-enrolled', language);
		portal.visits.length = 0;
		await house.mail.stop();
		await open(language);
		await page.goto(`${portal.url}/start`);
		const start = Date.now();
		await toSecondFactor(page, portal, { user });
		assert.ok(Date.now() - start < 20000);
		const before = Date.now();
		await page.reload();
		assert.ok(Date.now() - before < 3000, 'a page does not wait for the mail server');
		await says(page, 'mail-sent.lead');
		await page.locator('summary', { hasText: sentence(language, 'mail-sent.late-title') }).click();
		await says(page, 'mail-sent.late');
		await look(page, 'mail-late');
		await house.mail.start();
		house.clock.forward(31);
		await enterCode(page, await mailedCode(house, address, language));
		await arrived();
	});

	test(`${language}: an address that bounces and one that does not look the same until it is known; the log has neither address nor code (F25)`, async () => {
		const smtp = await HostileSmtp.open();
		const other = await openHouse({ mail: smtp });
		try {
			const seen = [];
			for (const [name, script] of [['good', {}], ['later', { RCPT: '451 4.3.0 later' }]]) {
				smtp.script = script;
				await open(language);
				await toEnrol(page, other.portals.ptpha, { user: somebody() });
				await chooseMail(page);
				const answer = await giveAddress(page, mailbox(name));
				await at(page, 'enrol-mail-code');
				seen.push(`${answer.status()} ${(await page.locator('main').innerText()).replaceAll(mailbox(name), 'ADDRESS')}`);
				await until('the mail', () => smtp.verbs.includes('RCPT') && (smtp.messages.length === 1 || name !== 'good'));
			}
			assert.equal(seen[0], seen[1]);
			await until('the refusal', () => smtp.verbs.filter((verb) => verb === 'RCPT').length >= 2);
			await page.reload();
			assert.ok(!sentence(language, 'mail-sent.failed').test(await page.locator('main').innerText()), 'it is tried again');
			smtp.script = { RCPT: '550 5.1.1 nobody-of-that-name here' };
			other.clock.forward(31);
			await until('the page that tells', async () => {
				await page.reload();
				return sentence(language, 'mail-sent.failed', { address: mailbox('later') }).test(await page.locator('main').innerText());
			});
			await look(page, 'failed');
			smtp.script = {};
			await press(page, 'cancel');
			await giveAddress(page, mailbox('better'));
			await at(page, 'enrol-mail-code');
			await until('both mails', () => smtp.messages.length === 2);
			assert.deepEqual(smtp.messages.map(({ to }) => to), [[mailbox('good')], [mailbox('better')]]);
			const code = /(\d{3})(?:=C2=A0|\u00a0| |)(\d{3})/.exec(smtp.messages[1].data.replace(/^[^]*?\r\n\r\n/, ''));
			for (const secret of [`-${language}@example.ca`, 'nobody-of-that-name', ...(code ? [code[1] + code[2]] : [])])
				assert.ok(!other.daemon.said.includes(secret), `the log has ${secret}`);
		} finally {
			await other.stop();
		}
	});
}

