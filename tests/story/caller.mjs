/* caller.mjs - a person with an account, an app and an address, who calls the help desk; and the staff who answer, each signed in. */
import { openPage } from './browser.mjs';
import { enrolStaff, lookUp } from './desk.mjs';
import { at, enterCode, keepCodes, leads, mailOf, press, recoveryCodes, scan, startOf, takeNotices, toEnrol, toSecondFactor } from './journey.mjs';

/* The text of a code as it is shown or mailed: "123 456". */
const digits = (text) => /(?<!\d)(\d{3})[ \u00a0\u202f]?(\d{3})(?!\d)/.exec(text).slice(1).join('');

export class Caller {
	/* address: for notices; undefined: none. */
	static async open(browser, house, user, { address, locale = 'en-CA' } = {}) {
		const caller = Object.assign(new Caller(), { browser, house, user, address, locale, language: locale.slice(0, 2), portal: Object.values(house.portals)[0] });
		await caller.fresh();
		await toEnrol(caller.page, caller.portal, { user });
		caller.app = await scan(caller.page, house.clock);
		await enterCode(caller.page, await caller.app.fresh());
		caller.codes = await recoveryCodes(caller.page);
		await keepCodes(caller.page);
		if (address)
			await takeNotices(caller.page, house, address, caller.language);
		else
			await press(caller.page, 'cancel');
		await at(caller.page, 'portal');
		await caller.page.goto(`${house.issuer}/manage?portal=${caller.portal.id}`);
		caller.reference = await caller.page.locator('[data-support-reference]').first().getAttribute('data-support-reference');
		return caller;
	}

	/* A browser without cookies. */
	async fresh() {
		await this.page?.context().close();
		this.page = await openPage(this.browser, { locale: this.locale });
	}

	/* Before the page that asks for the second factor. */
	async toCode() {
		await this.fresh();
		await toSecondFactor(this.page, this.portal, { user: this.user });
	}

	/* The caller code of that page: a new one, since one that was used is used up until the clock has moved to the next. */
	async pageCode(seconds = 300) {
		this.house.clock.forward(seconds);
		await this.toCode();
		return this.page.locator('[data-caller-code]').getAttribute('data-caller-code');
	}

	/* The one that came by mail. */
	async mailCode() {
		return digits((await mailOf(this.house, this.address, 'mail-caller-code', this.language)).text);
	}

	/* Through to the portal. */
	async signIn() {
		await this.toCode();
		await enterCode(this.page, await this.app.fresh());
		await at(this.page, 'portal');
	}

	notice(kind) {
		return mailOf(this.house, this.address, kind, this.language);
	}

	start() {
		return this.page.goto(startOf(this.portal));
	}
}

/* A member of staff at a page of their own, signed in. */
export async function staffAt(browser, house, user, locale = 'en-CA') {
	const page = await openPage(browser, { locale });
	const app = await enrolStaff(page, house, user);
	return { page, app, user };
}

/* The case of a caller: what the agent sees is `account`. */
export async function takeCall(page, house, reference, code = '') {
	await page.goto(`${house.desk}/`);
	await lookUp(page, reference, code);
}

export async function giveCode(page, code) {
	await page.locator('input[name=caller_code]').fill(code);
	await press(page, 'verify');
}

/* A deed with its reason. */
export async function act(page, name, { reason = 'caller-asked', ticket = '' } = {}) {
	await page.locator('select[name=reason]').selectOption(reason);
	await page.locator('input[name=ticket]').fill(ticket);
	await leads(page, () => page.locator(`form.powers button[value=${name}]`).click());
}

export const state = (page) => page.locator('main').getAttribute('data-state');
