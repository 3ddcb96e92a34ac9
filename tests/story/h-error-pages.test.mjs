/* What a person sees when it does not work: every error reason and the pages of waits, each brought about where that can be done from
 * outside, and looked at with care in both languages; a service with too much to do.
 * templates/README.md (error); ATTACKS: 7.1, 7.2, R60. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formError, look, lookTwice, openPage, openStory, postFrom } from './browser.mjs';
import { sleep, source, until } from './house.mjs';
import { ask } from './http.mjs';
import { at, chooseProvider, enterCode, firstVisit, press, startOf, toSecondFactor } from './journey.mjs';
import { cancelAtProvider, takeAnswer } from './simplesamlphp.mjs';

let house, browser, portal;
const languages = ['en-CA', 'fr-CA'], seen = new Set();
before(async () => {
	[house, browser] = await openStory({ workers: { saml: 1, handlers: 1 }, limits: { queue: 16, connections_per_address: 1000 } });
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });

/* The error page of this reason, in the language of the browser, with a reference that the log knows; looked at. */
async function isError(page, reason, state = reason) {
	await at(page, 'error');
	const told = page.locator('[data-reference]');
	assert.equal(await told.getAttribute('data-reason'), reason);
	const reference = await told.getAttribute('data-reference');
	assert.ok(house.daemon.said.includes(`request=${reference}`), `the log knows ${reference}`);
	for (const selector of ['h1', 'h1 + p', 'h2 + p'])
		assert.ok((await page.locator(`main ${selector}`).first().innerText()).length > 8, selector);
	await look(page, state);
	seen.add(reason);
}

/* In each language by a browser of its own: act leads to the page. */
async function inBoth(reason, status, act, state) {
	for (const locale of languages) {
		const page = await openPage(browser, { locale });
		const answer = await act(page);
		if (status)
			assert.equal(answer.status(), status);
		assert.match(await page.locator('html').getAttribute('lang'), new RegExp(`^${locale.slice(0, 2)}`));
		await isError(page, reason, state);
		await page.context().close();
	}
}

const changed = async (change) => {
	const { url } = await portal.request();
	change(url.searchParams);
	return url.href;
};

test('asked wrongly by the portal', async () => {
	await inBoth('unknown-portal', 400, async (page) => page.goto(await changed((params) => params.set('client_id', 'nobody'))));
	await inBoth('bad-redirect', 400, async (page) => page.goto(await changed((params) => params.set('redirect_uri', 'http://elsewhere.localhost/'))));
	await inBoth('bad-request', 400, async (page) => page.goto(`${house.issuer}/language?to=de&back=/`));
});

test('places that are none, bookmarks, old sign-ins, borrowed forms', async () => {
	await inBoth('not-found', 404, (page) => page.goto(`${house.issuer}/nowhere`));
	await inBoth('cookies-missing', 400, (page) => page.goto(`${house.issuer}/sign-in?r=mnpomjsljw6fza66`));
	await inBoth('forbidden', 403, async (page) => {
		await page.goto(startOf(portal));
		await page.locator('input[name=csrf]').first().evaluate((input) => { input.value = 'x'.repeat(input.value.length); });
		await page.locator('input[name=provider]').first().check();
		return press(page, 'continue');
	});
	await inBoth('expired-request', 400, async (page) => {
		await page.goto(startOf(portal));
		house.clock.forward(3700);
		return page.reload();
	});
});

test('answers of the credential provider', async () => {
	for (const [status, reason, code] of [['RequestDenied', 'provider-refused', 403], ['NoAvailableIDP', 'provider-unavailable', 502]])
		await inBoth(reason, 0, async (page) => {
			await page.goto(startOf(portal));
			await chooseProvider(page);
			const answered = page.waitForResponse(/\/saml\/acs/);
			await cancelAtProvider(page, house, status);
			assert.equal((await answered).status(), code);
		});
	await inBoth('provider-answer-invalid', 502, async (page) => {
		await page.goto(startOf(portal));
		await chooseProvider(page);
		const { relayState } = page.sent;
		return postFrom(page, `${house.issuer}/saml/acs`, { SAMLResponse: Buffer.from('<x/>').toString('base64'), RelayState: relayState });
	});
	await inBoth('already-used', 400, async (page) => {
		await page.goto(startOf(portal));
		await chooseProvider(page);
		const fields = await takeAnswer(page, 'dana');
		await postFrom(page, `${house.issuer}/saml/acs`, fields);
		await at(page, 'enrol');
		const kept = (await page.context().cookies()).filter(({ name }) => name.startsWith('__Host-vestibule-login'));
		await page.context().clearCookies();
		await page.context().addCookies(kept);
		return page.goto(`${house.issuer}/sign-in${new URL(page.url()).search}&why=used`);
	});
});

test('too many wrong codes: 429 and how long to wait, in both languages', async () => {
	const page = await openPage(browser);
	await firstVisit(page, house);
	await page.context().clearCookies();
	await toSecondFactor(page, portal);
	let answer;
	for (let i = 0; i < 6 && answer?.status() !== 429; i++)
		answer = await enterCode(page, '000000');
	assert.equal(answer.status(), 429);
	assert.ok(Number(answer.headers()['retry-after']) > 0);
	assert.equal(await formError(page), 'locked');
	await lookTwice(page, 'locked', async () => { assert.equal((await enterCode(page, '000000')).status(), 429); });
});

/* The SAML worker, which a sign-in needs, and who would start another one: all that is below the daemon. */
function workers() {
	const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number));
	const below = (pid) => rows.filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
	return below(house.daemon.child.pid);
}

/* Run act() while every place in the queue is taken: the one handler waits for a worker that does not move. -> statuses of those in the queue */
async function crowded(act) {
	const slow = await openPage(browser), stopped = workers(), statuses = [];
	assert.ok(stopped.length > 0);
	await slow.goto(startOf(portal));
	await slow.locator('input[name=provider]').first().check();
	stopped.forEach((pid) => process.kill(pid, 'SIGSTOP'));
	try {
		slow.locator('button[name=action][value=continue]').click().catch(() => undefined);
		await sleep(300);
		const all = Array.from({ length: 30 }, () => ask(`${house.issuer}/jwks.json`).then((answer) => { statuses.push(answer); }));
		await until('a full queue', () => statuses.some(({ status }) => status === 503), 2);
		await act();
		stopped.forEach((pid) => process.kill(pid, 'SIGCONT'));
		await Promise.all(all);
		return statuses;
	} finally {
		stopped.forEach((pid) => { try { process.kill(pid, 'SIGCONT'); } catch { /* it ended */ } });
		await slow.context().close();
	}
}

test('too much to do: a page and not a bare line, and JSON for machines', async () => {
	for (const locale of languages) {
		const page = await openPage(browser, { locale });
		await page.goto(startOf(portal));	/* the style is in the browser's cache from here on */
		const answers = await crowded(async () => {
			const answer = await page.reload();
			assert.equal(answer.status(), 503);
			assert.equal(answer.headers()['retry-after'], '5');
			assert.ok(answer.headers()['content-type'].startsWith('text/html'));
		});
		await isError(page, 'unavailable', 'overload');
		assert.match(house.daemon.said, /"Request refused" request=\S+ .*cause="as many requests wait/);
		assert.ok(answers.filter(({ status }) => status === 200).length >= 16, 'who waited is served');
		for (const { text } of answers.filter(({ status }) => status === 503))
			assert.equal(JSON.parse(text).error, 'temporarily_unavailable');
		await page.reload();
		await at(page, 'choose-provider');
		await page.context().close();
	}
});

/* What nothing leads to from outside is shown in the place of "not found", by a theme: the same engine, sentences and style. */
test('the other reasons, and waiting-approval', async () => {
	const theme = path.join(house.dir, 'templates'), table = fs.readFileSync(path.join(source, 'templates/README.md'), 'utf8');
	const all = [...table.slice(table.indexOf('| reason | status')).matchAll(/^\| `([a-z-]+)` \| \d/gm)].map(([, name]) => name);
	const show = async (change, page, state) => {
		fs.cpSync(path.join(source, 'templates'), theme, { recursive: true });
		change();
		house.config.template_directory = theme;
		house.rewrite();
		const told = house.daemon.said.split('"Reloaded"').length;
		house.daemon.child.kill('SIGHUP');
		await until('the reload', () => house.daemon.said.split('"Reloaded"').length > told, 5);
		await page.goto(`${house.issuer}/nowhere`);
		await look(page, state);
	};
	const rewrite = (name, change) => fs.writeFileSync(path.join(theme, name), change(fs.readFileSync(path.join(theme, name), 'utf8')));
	assert.ok(all.length > 12 && all.includes('internal'), String(all));
	for (const locale of languages) {
		const page = await openPage(browser, { locale });
		for (const reason of all.filter((name) => !seen.has(name) || name === 'internal')) {
			await show(() => ['en.json', 'fr.json'].forEach((file) => rewrite(file, (text) => {
				const catalogue = JSON.parse(text);
				for (const part of ['title', 'reason', 'next'])
					catalogue[`error.not-found.${part}`] = catalogue[`error.${reason}.${part}`];
				return JSON.stringify(catalogue);
			})), page, reason);
			await at(page, 'error');
		}
		await show(() => {
			fs.copyFileSync(path.join(theme, 'waiting-approval.html'), path.join(theme, 'error.html'));
			['en.json', 'fr.json'].forEach((file) => rewrite(file, (text) => text.replaceAll(/("waiting-approval.lead".*)\{portal_name\}/g, '$1Portal')));
		}, page);
		await at(page, 'waiting-approval');
		await page.context().close();
	}
});
