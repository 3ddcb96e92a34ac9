/* journey.mjs - what a person does on each page of a sign-in. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { at, leads, lookTwice, pageName, press, readQr } from './browser.mjs';
import { sleep } from './house.mjs';
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

/* From choose-provider to the provider's own page; the request it got stays in page.sent. */
export async function chooseProvider(page, provider = 'gckey') {
	await at(page, 'choose-provider');
	await page.locator(`input[name=provider][value=${provider}]`).check();
	const asked = page.waitForRequest(/[?&]SAMLRequest=/);
	await page.locator('button[name=action][value=continue]').click();
	page.sent = readRequest((await asked).url());
	await page.waitForURL((url) => url.hostname === `${provider}.localhost`);
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

export { at, leads, pageName, press };
