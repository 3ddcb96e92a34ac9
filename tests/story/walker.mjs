/* walker.mjs - a person who is not looked at: walks through the same pages by their forms and links alone, as fast as the programs answer, where a
 * story needs somebody with an account rather than a look at how the account is made.
 *
 * The cookies can be handed to a browser: walker.into(page). */
import assert from 'node:assert/strict';
import { ask, pageOf } from './http.mjs';
import { Authenticator, mailedCode, startOf } from './journey.mjs';
import { passwords } from './simplesamlphp.mjs';

const plain = (text) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const attribute = (tag, name) => {
	const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
	return found && plain(found[1]);
};

/* The forms of a page: { action, buttons, fields } with the values that they would send. */
function formsOf(html) {
	return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, head, body]) => {
		const form = { action: attribute(head, 'action') ?? '', buttons: [], fields: {}, names: new Set() };
		for (const [tag] of body.matchAll(/<(?:input|button)\b[^>]*>/g)) {
			const name = attribute(tag, 'name'), type = attribute(tag, 'type');
			if (tag.startsWith('<button'))
				form.buttons.push(attribute(tag, 'value'));
			else if (name)
				form.names.add(name);
			if (name && !tag.startsWith('<button') && type !== 'submit' && (!['radio', 'checkbox'].includes(type) || / checked\b/.test(tag)))
				form.fields[name] = attribute(tag, 'value') ?? '';
		}
		return form;
	});
}

export class Walker {
	constructor(house, language = 'en') {
		Object.assign(this, { house, language, jars: new Map(), headers: { 'accept-language': `${language}-CA` } });
	}

	async step(url, options = {}) {
		const { hostname } = new URL(url);
		if (!this.jars.has(hostname))
			this.jars.set(hostname, new Map());
		this.url = url;
		this.answer = await ask(url, { ...options, headers: { ...this.headers, ...options.headers }, jar: this.jars.get(hostname) });
		return this.answer;
	}

	/* Ask, and go where it leads. -> the last answer */
	async go(url, options) {
		let answer = await this.step(url, options);
		for (let i = 0; answer.location !== undefined; i++) {
			assert.ok(i < 20, `no end of redirects at ${this.url}`);
			answer = await this.step(new URL(answer.location, this.url).href);
		}
		return answer;
	}

	get text() {
		return this.answer.text;
	}

	get page() {
		return pageOf(this.text);
	}

	at(name) {
		assert.equal(this.page, name, `at ${this.url}: ${this.answer.status} ${this.text.replace(/<style.*?<\/style>|<[^>]*>/gs, ' ').replace(/\s+/g, ' ').slice(0, 500)}`);
		return this;
	}

	/* The value of a data- attribute. */
	data(name) {
		return attribute(new RegExp(`<[^>]*\\sdata-${name}="[^>]*>`).exec(this.text)?.[0] ?? '', `data-${name}`);
	}

	/* The form that has this button and these fields, as it would be sent: { url, form }. */
	form(action, fields = {}) {
		const form = formsOf(this.text).find((one) => (action === null || one.buttons.includes(action)) && Object.keys(fields).every((name) => one.names.has(name)));
		assert.ok(form, `a form with ${action} and ${Object.keys(fields)} on ${this.page} at ${this.url}`);
		return { url: new URL(form.action, this.url).href, form: { ...form.fields, ...fields, ...action === null ? {} : { action } } };
	}

	/* Fill in and press. -> the last answer */
	press(action, fields) {
		const { url, form } = this.form(action, fields);
		return this.go(url, { form });
	}

	/* At the provider's page, as this user. */
	async vouch(user = this.user) {
		await this.press(null, { username: user, password: passwords[user] });
		return this.press(null);
	}

	/* From the portal's start to wherever a credential leads. */
	async arrive(portal = this.portal, { user = this.user, provider = this.provider ?? 'gckey' } = {}) {
		Object.assign(this, { portal, user, provider });
		await this.go(startOf(portal));
		this.at('choose-provider');
		await this.press('continue', { provider });
		return this.vouch();
	}

	/* From the page enrol on: an app, or with `mail` codes to that address; recovery codes; `address`: for notices. */
	async enrol({ mail, address } = {}) {
		this.at('enrol');
		await this.press('continue', { method: mail ? 'mail' : 'totp' });
		if (mail) {
			await this.at('enrol-mail').press('continue', { email: mail });
			await this.at('enrol-mail-code').press('continue', { code: await mailedCode(this.house, mail, this.language) });
		} else {
			this.app = new Authenticator(`otpauth://totp/x?secret=${this.at('enrol-totp').data('totp-key').replace(/\s/g, '')}`, this.house.clock);
			await this.press('continue', { code: await this.app.fresh() });
		}
		this.at('recovery-codes');
		Object.assign(this, { mail, address: address ?? mail });
		this.codes = [...this.text.matchAll(/data-recovery-code="([^"]+)"/g)].map(([, code]) => code);
		this.reference = this.data('support-reference');
		await this.press('confirm', { kept: 'yes' });
		if (this.page === 'notice-address')
			await this.giveAddress(address);
		return this;
	}

	async giveAddress(address) {
		if (!address)
			return this.press('cancel');
		await this.press('continue', { email: address });
		return this.press('confirm', { code: await mailedCode(this.house, address, this.language) });
	}

	/* From the page second-factor on. */
	async prove() {
		this.at('second-factor');
		return this.press('continue', { code: this.mail ? await mailedCode(this.house, this.mail, this.language) : await this.app.fresh() });
	}

	/* A later visit with no cookie from before, to wherever it leads. */
	async signIn() {
		this.jars.clear();
		await this.arrive();
		return this.prove();
	}

	/* This person's browser: the page gets our cookies, and is where the walker is. */
	async into(page) {
		const { hostname } = new URL(this.house.issuer);
		await page.context().addCookies([...this.jars.get(hostname)].map(([name, value]) => ({ name, value, url: `https://${hostname}/`, secure: true, httpOnly: true, sameSite: /login/.test(name) ? 'None' : 'Lax' })));
		await page.goto(this.url);
		return page;
	}
}

/* A first visit, all of it. -> the walker, at the portal, with `sub` and `tokens`; or where the portal does not let in yet.
 * before: what is done before the page enrol. */
export async function firstWalk(house, user, { portal = Object.values(house.portals)[0], language = 'en', provider, before, ...factor } = {}) {
	const walker = new Walker(house, language);
	await walker.arrive(portal, { user, provider });
	await before?.(walker);
	await walker.enrol(factor);
	if (walker.page === 'portal')
		Object.assign(walker, { sub: portal.last.claims.sub, tokens: portal.last.tokens });
	return walker;
}

