/* journey.mjs - what a person does on each page of a sign-in. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { at, leads, lookTwice, pageName, press, readQr } from './browser.mjs';
import { sleep, source, until } from './house.mjs';
import { passwords, readRequest } from './simplesamlphp.mjs';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/* RFC 4648 section 6. */
export function base32(text) {
	const bits = [...text].map((char) => alphabet.indexOf(char).toString(2).padStart(5, '0')).join('');
	return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/* RFC 4226 section 5.3, of a step of 30 s (RFC 6238). */
export function totp(seed, step) {
	const message = Buffer.alloc(8);
	message.writeBigUInt64BE(BigInt(step));
	const mac = createHmac('sha1', seed).update(message).digest();
	return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/* An authenticator app: made from what the QR code says, it shows the code of a moment. */
export class Authenticator {
	constructor(otpauth, clock) {
		const url = new URL(otpauth);
		this.url = url;
		this.label = decodeURIComponent(url.pathname.replace(/^\/+/, ''));
		this.params = Object.fromEntries(url.searchParams);
		this.seed = base32(this.params.secret);
		this.clock = clock;
		this.used = 0;
	}

	step() {
		return Math.floor(this.clock.now() / 30000);
	}

	/* The code of now plus `steps`. */
	show(steps = 0) {
		return totp(this.seed, this.step() + steps);
	}

	/* A code that was not used before; the clock moves on when all that would be accepted are spent. Not in the last second of a step. */
	async fresh() {
		if (this.clock.now() % 30000 > 28500)
			await sleep(1600);
		if (this.used >= this.step())
			this.clock.forward(30 * (this.used + 1 - this.step()));
		this.used = this.step();
		return this.show();
	}
}

/* Choose one of the providers, and press that button: to the provider's own page; the request it got stays in page.sent. */
export async function leaveFor(page, provider, action) {
	await page.locator(`input[name=provider][value=${provider}]`).check();
	const asked = page.waitForRequest(/[?&]SAMLRequest=/);
	await page.locator(`button[name=action][value=${action}]`).click();
	page.sent = readRequest((await asked).url());
	await page.waitForURL((url) => url.hostname === `${provider}.localhost`);
}

/* From choose-provider to the provider's own page. */
export async function chooseProvider(page, provider = 'gckey') {
	await at(page, 'choose-provider');
	await leaveFor(page, provider, 'continue');
}

/* At SimpleSAMLphp's page, and back to wherever that leads. */
export async function proveCredential(page, user = 'marie') {
	await page.locator('input[name=username]').fill(user);
	await page.locator('input[name=password]').fill(passwords[user]);
	await page.locator('#submit_button').click();
	await page.waitForURL((url) => !/^(gckey|partner)\./.test(url.hostname));
	await page.waitForLoadState();
}

/* enrol -> enrol-totp; the authenticator app that has scanned the code. */
export async function scan(page, clock) {
	await at(page, 'enrol');
	await page.locator('input[name=method][value=totp]').check();
	await press(page, 'continue');
	await at(page, 'enrol-totp');
	return new Authenticator(await readQr(page), clock);
}

export async function enterCode(page, code) {
	await page.locator('input[name=code]').fill(code);
	return press(page, 'continue');
}

export const recoveryCodes = (page) => page.locator('[data-recovery-code]').evaluateAll((all) => all.map((one) => one.dataset.recoveryCode));

export async function keepCodes(page) {
	await at(page, 'recovery-codes');
	await page.locator('input[name=kept]').check();
	await press(page, 'confirm');
}

/* The address at which the portal starts a sign-in. */
export const startOf = (portal, params = {}) => `${portal.url}/start?${new URLSearchParams(params)}`;

/* A first visit, all of it. -> { app, codes, visit }; looking: also look at each page with care, in both languages. */
export async function firstVisit(page, house, { portal = Object.values(house.portals)[0], user, provider, looking = false, params } = {}) {
	const see = looking ? lookTwice : () => undefined;
	await page.goto(startOf(portal, params));
	await at(page, 'choose-provider');
	await see(page);
	await chooseProvider(page, provider);
	await proveCredential(page, user);
	await at(page, 'enrol');
	await see(page);
	const app = await scan(page, house.clock);
	await see(page);
	await enterCode(page, await app.fresh());
	await at(page, 'recovery-codes');
	const codes = await recoveryCodes(page);
	await see(page);
	await keepCodes(page);
	if (house.mail)
		await skipNotices(page);
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	return { app, codes, visit: portal.last };
}

/* From a portal's start to the page that asks for the second factor. */
export async function toSecondFactor(page, portal, { user, provider, params } = {}) {
	await page.goto(startOf(portal, params));
	await chooseProvider(page, provider);
	await proveCredential(page, user);
	await at(page, 'second-factor');
}

/* A later visit, all of it. */
export async function laterVisit(page, portal, app, options = {}) {
	await toSecondFactor(page, portal, options);
	await enterCode(page, await app.fresh());
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	return portal.last;
}

/* ---- e-mail ---- */

const catalogues = Object.fromEntries(['en', 'fr'].map((language) => [language, JSON.parse(fs.readFileSync(path.join(source, 'templates', `${language}.json`), 'utf8'))]));

/* The catalogue's sentence with its values; what is not given may be anything. */
export function sentence(language, key, values = {}) {
	assert.ok(catalogues[language][key], `a sentence ${key}`);
	const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return new RegExp(catalogues[language][key].split(/\{([a-z_]+)\}/).map((part, i) => (i % 2 ? escaped(values[part] ?? '') || '.+' : escaped(part))).join(''));
}

/* Does the page say that sentence? */
export async function says(page, key, values) {
	const language = (await page.locator('html').getAttribute('lang')).slice(0, 2);
	assert.match(await page.locator('main').innerText(), sentence(language, key, values), `${await pageName(page)} says ${key}`);
}

/* The next mail of that kind to that address, in that language: each call gives another one. */
export async function mailOf(house, to, kind, language) {
	const about = sentence(language, `${kind}.subject`);
	let found;
	await until(`${kind} to ${to}`, async () => {
		found = (await house.mail.all(to)).find((message) => about.test(message.subject) && !house.mail.given.has(message));
		return found !== undefined;
	});
	house.mail.given.set(found, true);
	if (process.env.MAILS_SEEN)
		fs.appendFileSync(process.env.MAILS_SEEN, `${kind} ${language}\n`);
	assert.equal(found.header('content-language')?.slice(0, 2), language, 'the mail says which language it is in');
	return found;
}

export const mailedCode = async (house, to, language) => house.mail.code(await mailOf(house, to, 'mail-code', language));

/* A code of six digits that is none of these. */
export const otherCode = (...codes) => ['111111', '222222', '333333', '444444', '555555', '666666', '777777'].find((code) => !codes.includes(code));

/* enrol -> enrol-mail -> enrol-mail-code */
export async function chooseMail(page) {
	await at(page, 'enrol');
	await page.locator('input[name=method][value=mail]').check();
	await press(page, 'continue');
	await at(page, 'enrol-mail');
}

export async function giveAddress(page, address) {
	await page.locator('input[name=email]').fill(address);
	return press(page, 'continue');
}

/* From the portal to the choice of the method, as somebody new. */
export async function toEnrol(page, portal, { user, provider, params } = {}) {
	await page.goto(startOf(portal, params));
	await chooseProvider(page, provider);
	await proveCredential(page, user);
	await at(page, 'enrol');
}

/* From the choice of the method to the recovery codes. -> the codes */
export async function enrolMail(page, house, address, language) {
	await chooseMail(page);
	await giveAddress(page, address);
	await at(page, 'enrol-mail-code');
	await enterCode(page, await mailedCode(house, address, language));
	await at(page, 'recovery-codes');
	return recoveryCodes(page);
}

/* A first visit of somebody who chooses e-mail. -> { codes, visit } */
export async function firstVisitByMail(page, house, address, language, { portal = Object.values(house.portals)[0], ...options } = {}) {
	await toEnrol(page, portal, options);
	const codes = await enrolMail(page, house, address, language);
	await keepCodes(page);
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	return { codes, visit: portal.last };
}

/* notice-address, as it is offered after an app was enrolled: without one, or with one. */
export async function skipNotices(page) {
	await at(page, 'notice-address');
	await press(page, 'cancel');
}

export async function takeNotices(page, house, address, language) {
	await at(page, 'notice-address');
	await giveAddress(page, address);
	await page.locator('input[name=code]').fill(await mailedCode(house, address, language));
	await press(page, 'confirm');
}

/* A bookmark of /manage, or the way of somebody who signs in to change something: to the page that asks for the second factor. */
export async function toManage(page, house, { portal = Object.values(house.portals)[0], user, provider } = {}) {
	await page.goto(`${house.issuer}/manage?portal=${portal.id}`);
	await chooseProvider(page, provider);
	await proveCredential(page, user);
	await at(page, 'second-factor');
}

export { at, leads, pageName, press };
