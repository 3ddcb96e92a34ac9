/* desk.mjs - what a member of the help desk's staff does at the console of house.desk. */
import { at, leads, readQr } from './browser.mjs';
import { Authenticator, enterCode } from './journey.mjs';
import { passwords } from './simplesamlphp.mjs';

/* From the console to the staff's own provider and back, as one of the people of simplesamlphp.mjs. */
export async function vouch(page, house, user) {
	await page.goto(`${house.desk}/sign-in`);
	await at(page, 'desk-sign-in');
	await page.locator('main button').click();
	await page.waitForURL((url) => url.hostname === 'staff.localhost');
	await page.locator('input[name=username]').fill(user);
	await page.locator('input[name=password]').fill(passwords[user]);
	await page.locator('#submit_button').click();
	await page.waitForURL((url) => url.hostname === 'desk.localhost');
	await page.waitForLoadState();
}

/* A first sign-in, all of it: the authenticator app, set up. */
export async function enrolStaff(page, house, user) {
	await vouch(page, house, user);
	await at(page, 'desk-enrol');
	const app = new Authenticator(await readQr(page), house.clock);
	await enterCode(page, await app.fresh());
	return app;
}

/* A later one. */
export async function signInStaff(page, house, user, app) {
	await vouch(page, house, user);
	await at(page, 'desk-code');
	await enterCode(page, await app.fresh());
}

/* On the look-up: the last answer. */
export async function lookUp(page, reference, code = '') {
	await page.locator('input[name=reference]').fill(reference);
	await page.locator('input[name=caller_code]').fill(code);
	return leads(page, () => page.locator('button[value=look]').click());
}

export const signOutStaff = (page) => leads(page, () => page.locator('form[action="/sign-out"] button').click());
