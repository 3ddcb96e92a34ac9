/* How much was proven, and when: acr_values that ask for more than the person has, a portal that takes the app only, max_age, prompt=login,
 * and the ten minutes within which something may be changed.  In both languages.
 * ATTACKS: F32 F33, DESIGN.md sections 4 and 6.5. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { jarOf, look, lookTwice, openPage, openStory } from './browser.mjs';
import { ask } from './http.mjs';
import { at, chooseProvider, enterCode, firstVisit, firstVisitByMail, keepCodes, mailedCode, mailOf, press, proveCredential, says, scan, skipNotices, startOf, toManage, toSecondFactor } from './journey.mjs';

const acr = { credential: 'urn:gc-ca:cyber-auth:assurance:loa2', mail: 'urn:vestibule:acr:loa2-mail', totp: 'urn:vestibule:acr:loa2-totp' };
const stronger = { acr_values: acr.totp };
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

/* What the portal was told: the rung, the ways, and that the last proof was within these seconds. */
async function told(rung, amr, seconds = 60) {
	await at(page, 'portal');
	assert.equal(portal.last.error, undefined);
	const { claims } = portal.last;
	assert.equal(claims.acr, acr[rung]);
	assert.deepEqual([...claims.amr].sort(), [...amr].sort());
	assert.ok(Math.abs(house.clock.now() / 1000 - claims.auth_time) <= seconds, `auth_time ${claims.auth_time - house.clock.now() / 1000}`);
	return claims;
}

/* offered: whether notices are, which waits for a sign-in of its own where the session was at the portal already. */
async function upgrade(offered) {
	const app = await scan(page, house.clock);
	await enterCode(page, await app.fresh());
	await keepCodes(page);
	if (offered)
		await skipNotices(page);
	return app;
}

for (const language of ['en', 'fr']) {
	const mailbox = (name) => `${name}-${language}@example.ca`;
	const byMail = async (name, user, params) => {
		await open(language);
		await toSecondFactor(page, portal, { user, params });
		await enterCode(page, await mailedCode(house, mailbox(name), language));
	};

	test(`${language}: a portal asks for the app: "not now" goes on with what there is, and says so; or the person sets it up`, async () => {
		const user = somebody(), name = 'asked';
		await open(language);
		const { visit } = await firstVisitByMail(page, house, mailbox(name), language, { user });
		await byMail(name, user, stronger);
		await at(page, 'enrol');
		await says(page, 'enrol.lead-upgrading');
		assert.equal(await page.locator('input[name=method][value=mail]').count(), 0, 'what is not enough is not offered');
		await lookTwice(page, 'upgrading');
		await press(page, 'cancel');
		await told('mail', ['mail', 'mfa']);

		await page.goto(startOf(portal, stronger));	/* the session is there, and it is asked again */
		await at(page, 'enrol');
		await press(page, 'cancel');
		await told('mail', ['mail', 'mfa']);
		await page.goto(startOf(portal, { acr_values: `${acr.totp} ${acr.mail}` }));
		await told('mail', ['mail', 'mfa']);	/* either would do */
		await page.goto(startOf(portal, { ...stronger, prompt: 'none' }));
		await at(page, 'portal');
		assert.ok(portal.last.error || portal.last.claims.acr === acr.mail, 'never more than was done');

		await page.goto(startOf(portal, stronger));
		await at(page, 'enrol');
		await scan(page, house.clock);
		await look(page, 'upgrading');
		await press(page, 'cancel');
		await at(page, 'enrol');
		const app = await upgrade(false);
		const claims = await told('totp', ['otp', 'mfa']);
		assert.equal(claims.sub, visit.claims.sub);
		await mailOf(house, mailbox(name), 'mail-factor-changed', language);
		await open(language);
		await toSecondFactor(page, portal, { user });
		await enterCode(page, await app.fresh());
		await skipNotices(page);
		await told('totp', ['otp', 'mfa']);
	});

	test(`${language}: a portal that takes the app only, and a person who has e-mail: no way around`, async () => {
		const user = somebody(), name = 'only';
		await open(language);
		const { visit } = await firstVisitByMail(page, house, mailbox(name), language, { user });
		const row = house.config.portals[0];
		row.second_factor = { methods: ['totp'] };
		house.rewrite();
		await house.restart();
		try {
			await byMail(name, user);
			await at(page, 'enrol');
			await says(page, 'enrol.lead-upgrading');
			assert.equal(await page.locator('button[value=cancel]').count(), 0);
			await look(page, 'app-only');
			const r = new URL(page.url()).searchParams.get('r'), csrf = await page.locator('input[name=csrf]').first().inputValue(), jar = await jarOf(page.context(), house.issuer);
			for (const form of [{ action: 'cancel' }, { action: 'continue', method: 'mail' }])
				await ask(`${house.issuer}/enrol?r=${r}`, { jar, form: { r, csrf, ...form } });
			for (const path of ['continue', 'success', 'manage'])
				assert.ok(!/code=/.test((await ask(`${house.issuer}/${path}?r=${r}`, { jar })).location ?? ''), path);
			await page.reload();
			await at(page, 'enrol');
			assert.equal(portal.visits.length, 1, 'only the first visit');
			await upgrade(true);
			assert.equal((await told('totp', ['otp', 'mfa'])).sub, visit.claims.sub);
		} finally {
			delete row.second_factor;
			house.rewrite();
			await house.restart();
		}
	});

	test(`${language}: nothing may be changed in the account: the lower rung goes on, a portal that takes no other says why not`, async () => {
		const user = somebody(), name = 'frozen';
		await open(language);
		await firstVisitByMail(page, house, mailbox(name), language, { user });
		await page.goto(house.mail.link(await mailOf(house, mailbox(name), 'mail-factor-enrolled', language), /not-me/));
		await press(page, 'confirm');
		await byMail(name, user, stronger);
		await told('mail', ['mail', 'mfa']);
		const row = house.config.portals[0];
		row.second_factor = { methods: ['totp'] };
		house.rewrite();
		await house.restart();
		try {
			portal.visits.length = 0;
			await byMail(name, user);
			await at(page, 'error');
			assert.equal(await page.locator('[data-reason]').getAttribute('data-reason'), 'frozen');
			await look(page, 'app-only-frozen');
			assert.equal(portal.visits.length, 0);
		} finally {
			delete row.second_factor;
			house.rewrite();
			await house.restart();
		}
	});

	test(`${language}: prompt=login and max_age ask again, and auth_time tells when (F32)`, async () => {
		const user = somebody();
		await open(language);
		const { app } = await firstVisit(page, house, { user });
		const first = portal.last.claims.auth_time;
		house.clock.forward(300);
		await page.goto(startOf(portal));
		await at(page, 'portal');
		assert.equal(portal.last.claims.auth_time, first, 'silent: the old proof, with its old time');
		await page.goto(startOf(portal, { max_age: '600' }));
		await at(page, 'portal');
		assert.equal(portal.last.claims.auth_time, first);
		for (const params of [{ max_age: '60' }, { prompt: 'login' }, { max_age: '0' }]) {
			house.clock.forward(120);
			await page.goto(startOf(portal, params));
			await chooseProvider(page);
			await proveCredential(page, user);
			await at(page, 'second-factor');
			await enterCode(page, await app.fresh());
			await told('totp', ['otp', 'mfa']);
		}
		house.clock.forward(300);
		const last = portal.last.claims.auth_time;
		await page.goto(startOf(portal, { ...stronger, max_age: '3600' }));
		await at(page, 'portal');
		assert.equal(portal.last.claims.auth_time, last);
	});

	test(`${language}: two requests at once: neither gets more than was done for it (F32)`, async () => {
		const user = somebody(), name = 'parallel';
		await open(language);
		await firstVisitByMail(page, house, mailbox(name), language, { user });
		await open(language);
		await toSecondFactor(page, portal, { user, params: stronger });
		const high = page.url(), code = await mailedCode(house, mailbox(name), language);
		const other = await page.context().newPage();
		await other.goto(startOf(portal, { acr_values: acr.mail }));
		portal.visits.length = 0;
		await enterCode(page, code);
		await at(page, 'enrol');
		await other.goto(startOf(portal, { acr_values: acr.mail }));
		await at(other, 'portal');
		assert.equal(portal.last.claims.acr, acr.mail);
		await page.goto(high.replace('/second-factor', '/continue'));
		await at(page, 'enrol');	/* what the lower request got does not finish the higher one */
		await press(page, 'cancel');
		await told('mail', ['mail', 'mfa']);
		await other.close();
	});

	test(`${language}: a recovery code is no rung: the portal is told`, async () => {
		const user = somebody();
		await open(language);
		const { codes } = await firstVisit(page, house, { user });
		await open(language);
		await toSecondFactor(page, portal, { user, params: stronger });
		await press(page, 'recover');
		await page.locator('input[name=recovery_code]').fill(codes[0]);
		await press(page, 'continue');
		await at(page, 'success');
		await press(page, 'continue');
		await told('credential', ['rc', 'mfa']);
	});

	test(`${language}: after ten minutes each change asks for the factor again (F33)`, async () => {
		const user = somebody(), name = 'ten';
		await open(language);
		await firstVisitByMail(page, house, mailbox(name), language, { user });
		await mailOf(house, mailbox(name), 'mail-factor-enrolled', language);
		const acts = [
			['enrol', () => press(page, 'change')],
			['recovery-codes', () => press(page, 'new-codes')],
			['notice-address', () => page.goto(page.url().replace('/manage', '/notice-address'))],
		];
		const codeAgain = async () => enterCode(page, await mailedCode(house, mailbox(name), language));
		const toPage = async () => {
			await open(language);
			await toManage(page, house, { user });
			await codeAgain();
			await at(page, 'success');
			await page.goto(page.url().replace('/success', '/manage'));
			await at(page, 'manage');
		};
		for (const [there, act] of acts) {
			await toPage();
			house.clock.forward(590);
			await act();
			await at(page, there);	/* just within */
			if (there === 'recovery-codes')
				await keepCodes(page);
			await toPage();
			house.clock.forward(611);
			await act();
			await at(page, 'second-factor');
			await page.goto(page.url().replace('/second-factor', `/${there}`));
			await at(page, 'second-factor');	/* and not around it */
			await codeAgain();
			await at(page, 'success');
			house.clock.forward(3600);	/* five mails an hour */
		}
		house.clock.forward(86400);
	});
}
