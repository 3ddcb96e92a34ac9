/* browser.mjs - a real Chromium, and what the stories look at in it: accessibility, the QR code, screenshots.
 *
 * Chromium's own headless program has the engine and not the windows, which take a third of the processor time; `whole` stories (back button, tabs) have them all.
 * Environment: CHROMIUM, the path of one for all stories; SCREENSHOTS, a directory that gets a picture of every page state looked at. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import jsQR from 'jsqr';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { openHouse } from './house.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export async function openBrowser({ whole = false } = {}) {
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? `/usr/bin/chromium${whole ? '' : '-headless-shell'}`,
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
	});
}

/* What most stories begin with: [house, browser]. */
export async function openStory(options, browserOptions) {
	const browser = await openBrowser(browserOptions);
	try {
		return [await openHouse(options), browser];
	} catch (error) {
		await browser.close();
		throw error;
	}
}

/* A person's own browser profile: one page, no cookie.  options: of Playwright's newContext (locale, javaScriptEnabled, ...). */
export async function openPage(browser, options = {}) {
	const context = await browser.newContext({ locale: 'en-CA', ...options });
	context.setDefaultTimeout(40000);	/* machines that build at the same time are slow */
	return context.newPage();
}

/* Wait until the page is the one of that name. */
export async function at(page, name) {
	try {
		await page.locator(`body[data-page="${name}"]`).waitFor({ state: 'attached' });
	} catch {
		const body = await page.locator('body').innerText().catch(() => '');
		assert.fail(`expected page "${name}", found "${await pageName(page)}" at ${page.url()}:\n${body.slice(0, 600)}`);
	}
}

export const pageName = (page) => page.locator('body').getAttribute('data-page');

/* Do something that leads to another document; the last answer of it. */
export async function leads(page, act) {
	const [response] = await Promise.all([page.waitForNavigation(), act()]);
	return response;
}

/* Press the button of that `action`. */
export const press = (page, action) => leads(page, () => page.locator(`button[name=action][value=${action}]`).first().click());

/* Post a form from the page that is open, as that page's own button would: cross-site when it is another host's. The last answer. */
export function postFrom(page, url, fields) {
	return leads(page, () => page.evaluate(([action, values]) => {
		const form = Object.assign(document.createElement('form'), { method: 'post', action });
		for (const [name, value] of Object.entries(values))
			form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
		document.body.append(form);
		HTMLFormElement.prototype.submit.call(form);
	}, [url, fields]));
}

/* The name of the error on the form, and that the page says so in every way it must (WCAG 3.3.1). */
export async function formError(page) {
	const field = page.locator('[data-error]').first();
	const name = await field.getAttribute('data-error');
	assert.match(await page.title(), /^(Error|Erreur)/, 'the title tells of the error');
	assert.ok((await page.locator('#message').innerText()).length > 5, 'the error is told in words');
	return name;
}

/* No violation of WCAG 2.0, 2.1, 2.2 A and AA on this page as it is. */
export async function accessible(page) {
	await page.evaluate(axe);
	const result = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }), wcag);
	const lines = result.violations.map((rule) => `${rule.id}: ${rule.help}: ${rule.nodes.map((node) => node.target.join(' ')).join(', ')}`);
	assert.deepEqual(lines, [], `accessibility of ${await pageName(page)} at ${page.url()}`);
}

async function pictures(page, name) {
	if (!process.env.SCREENSHOTS)
		return;
	fs.mkdirSync(process.env.SCREENSHOTS, { recursive: true });
	const size = page.viewportSize();
	for (const width of [360, 1280]) {
		await page.setViewportSize({ width, height: 800 });
		await page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}-${width}.png`), fullPage: true });
	}
	await page.setViewportSize(size);
}

/* Nothing sticks out of a window of 320 px (WCAG 1.4.10). */
async function reflows(page) {
	const size = page.viewportSize();
	await page.setViewportSize({ width: 320, height: 640 });
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), `${await pageName(page)} fits 320 px`);
	await page.setViewportSize(size);
}

/* Look at a page state with care, as it is: accessible, fits a small screen; a picture. */
export async function look(page, state) {
	const language = await page.locator('html').getAttribute('lang');
	await accessible(page);
	await reflows(page);
	await pictures(page, `${await pageName(page)}${state ? `-${state}` : ''}-${language.slice(0, 2)}`);
}

/* The same in both languages, by the page's own link, which must keep the place. again: does what led to the state, where a new
 * look at the page has lost it (a form that failed). */
export async function lookTwice(page, state, again) {
	const name = await pageName(page);
	await look(page, state);
	for (const other of [true, false]) {
		const before = await page.locator('html').getAttribute('lang');
		await leads(page, () => page.locator('a.language').click());
		await at(page, name);
		assert.notEqual(await page.locator('html').getAttribute('lang'), before, 'the link changes the language');
		if (!other)
			return;
		await again?.();
		await look(page, state);
	}
}

/* Read the QR code with a decoder, from the pixels that a camera would see. */
export async function readQr(page) {
	const png = PNG.sync.read(await page.locator('.qr svg').screenshot());
	const code = jsQR(new Uint8ClampedArray(png.data), png.width, png.height);
	assert.ok(code, 'the QR code can be read');
	return code.data;
}

/* The browser's cookies of an address, as a jar for http.mjs. */
export async function jarOf(context, url) {
	return new Map((await context.cookies(url)).map(({ name, value }) => [name, value]));
}
