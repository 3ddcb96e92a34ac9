/* The disk of the store fills up while people sign in: who cannot be served is told so, nothing that was acknowledged is lost, the log
 * and /health/ready name the disk, and all goes on as soon as there is room again. On a disk of its own, which needs the right to mount.
 * DESIGN.md 6.1 and 7, ATTACKS: R04. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { jarOf, look, openPage, openStory } from './browser.mjs';
import { build, Program, until } from './house.mjs';
import { ask } from './http.mjs';
import { at, chooseProvider, enterCode, firstVisit, keepCodes, laterVisit, leads, press, proveCredential, scan, startOf } from './journey.mjs';

const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'vestibule-story-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'none', disk], { encoding: 'utf8' });
const skip = mounted.status !== 0 && `no disk can be mounted here: ${(mounted.stderr ?? '').trim() || mounted.error}`;
process.on('exit', () => {
	if (!skip)
		spawnSync('umount', ['-l', disk]);
	fs.rmSync(disk, { recursive: true, force: true });
});

let house, browser, portal;
before(async () => {
	if (skip)
		return;
	fs.mkdirSync(path.join(disk, 'state'), { mode: 0o700 });
	[house, browser] = await openStory({ state_directory: path.join(disk, 'state') });
	portal = house.portals.ptpha;
});
after(async () => { await browser?.close(); await house?.stop(); });

/* Take every block that is left. */
const fill = () => assert.notEqual(spawnSync('dd', ['if=/dev/zero', `of=${path.join(disk, 'filler')}`, 'bs=4k', 'oflag=append', 'conv=notrunc'], { stdio: 'ignore' }).status, 0);
const free = () => fs.rmSync(path.join(disk, 'filler'));
const health = (what) => ask(`http://127.0.0.1:${house.operations}/health/${what}`);
const files = () => fs.readdirSync(path.join(disk, 'state')).filter((name) => !name.startsWith('lock')).sort()
	.map((name) => [name, createHash('sha256').update(fs.readFileSync(path.join(disk, 'state', name))).digest('hex')]);

/* The page that tells, and the line of the log that its reference finds. */
async function toldOf(page) {
	await at(page, 'error');
	const told = page.locator('[data-reference]');
	assert.equal(await told.getAttribute('data-reason'), 'unavailable');
	const reference = await told.getAttribute('data-reference');
	const lines = house.daemon.said.split('\n').filter((line) => line.includes(reference));
	assert.ok(lines.some((line) => /"A change could not be saved in the store".* cause="the disk of state_directory is full; make room on it"/.test(line)), lines.join('\n'));
}

/* Silent sign-ins of a person with a session until the full disk stops them: pages that earlier changes have left take some. -> the last that was answered */
async function untilRefused(jar) {
	for (let i = 0, last; i < 1000; i++) {
		try {
			last = await portal.code(jar);
		} catch (error) {
			assert.match(error.message, /^no code: 503/);
			return last;
		}
	}
	return assert.fail('the disk is full and every change is taken');
}

/* People on their way when the disk fills up. */
const people = {};

test('a full disk: people are told, the service says that it is not ready', { skip }, async () => {
	people.marie = await openPage(browser);
	people.enrolled = await firstVisit(people.marie, house, { user: 'marie' });
	people.louis = await openPage(browser);
	await people.louis.goto(startOf(portal));
	await chooseProvider(people.louis);
	await proveCredential(people.louis, 'louis');
	people.app = await scan(people.louis, house.clock);

	fill();
	people.silent = await untilRefused(await jarOf(people.marie.context(), house.issuer));
	people.accepted = (await enterCode(people.louis, await people.app.fresh())).status() === 200;
	if (!people.accepted)
		await toldOf(people.louis);
	for (const locale of ['fr-CA', 'en-CA']) {
		const page = await openPage(browser, { locale });
		await page.context().addCookies((await people.marie.context().cookies(house.issuer)).filter(({ name }) => name === '__Host-vestibule'));
		const answer = await page.goto(startOf(portal));
		assert.equal(answer.status(), 503);
		assert.equal(answer.headers()['retry-after'], '5');
		await toldOf(page);
		assert.match(await page.locator('html').getAttribute('lang'), new RegExp(locale.slice(0, 2)));
		await look(page, 'full-disk');
		people.waiting = page;
	}
	const ready = await health('ready');
	assert.equal(ready.status, 503);
	assert.match(JSON.parse(ready.text).reasons.join(), /disk of state_directory is full, make room/);
	assert.equal((await health('live')).status, 200);
	assert.equal((await ask(`${house.issuer}/jwks.json`)).status, 200, 'what changes nothing is served');
});

test('a tool can still look, and changes nothing', { skip }, () => {
	const kept = files();
	assert.match(house.ctl('store', 'stat'), /account/);
	assert.deepEqual(files(), kept);
});

test('with room again all goes on, without a restart', { skip }, async () => {
	const { pid } = house.daemon.child;
	free();
	await until('readiness', async () => (await health('ready')).status === 200, 10);
	assert.equal((await portal.redeem(people.silent.url.href)).error, undefined, 'the last code that was given is good');
	await people.waiting.reload();
	await at(people.waiting, 'portal');
	if (!people.accepted) {
		await leads(people.louis, () => people.louis.goBack());
		await enterCode(people.louis, await people.app.fresh());
	}
	await at(people.louis, 'recovery-codes');
	await keepCodes(people.louis);
	await at(people.louis, 'portal');
	await firstVisit(await openPage(browser), house, { user: 'denis' });
	await laterVisit(await openPage(browser), portal, people.enrolled.app, { user: 'marie' });
	assert.equal(house.daemon.child.pid, pid);
	assert.equal(house.daemon.code, undefined);
});

test('a start on a full disk', { skip }, async () => {
	assert.equal(await house.daemon.stop(), 0);
	const kept = files();
	fill();
	const daemon = new Program('vestibuled', path.join(build, 'vestibuled'), ['-c', house.file]);
	const timer = setTimeout(() => daemon.stop('SIGKILL'), 8000);
	assert.equal(await daemon.ended, 74, daemon.said);
	clearTimeout(timer);
	assert.match(daemon.said, new RegExp(`vestibuled: ${path.join(disk, 'state')}: the disk is full .*; make room on it`));
	assert.equal(daemon.said.split('\n').filter((line) => line.startsWith('vestibuled: ')).length, 1, daemon.said);
	assert.deepEqual(files(), kept, 'the store is untouched');
	free();
	await house.start();
	await laterVisit(await openPage(browser), portal, people.app, { user: 'louis' });
	await laterVisit(await openPage(browser), portal, people.enrolled.app, { user: 'marie' });
});

test('a crash on the full disk loses nothing that was acknowledged', { skip }, async () => {
	const page = await openPage(browser);
	await page.goto(startOf(portal));
	await chooseProvider(page);
	await proveCredential(page, 'marie');
	await at(page, 'second-factor');
	fill();
	const code = await people.enrolled.app.fresh();
	await page.locator('input[name=code]').fill(code);
	const answer = await press(page, 'continue');
	const accepted = answer.status() < 400;
	await house.daemon.stop('SIGKILL');
	free();
	await house.start();
	const again = await openPage(browser);
	await again.goto(startOf(portal));
	await chooseProvider(again);
	await proveCredential(again, 'marie');
	await at(again, 'second-factor');
	const second = await enterCode(again, code);
	if (accepted)
		assert.equal(second.status(), 422, 'an accepted code stays used');
	else
		assert.ok(second.status() < 400, 'a code that was not accepted is still good');
	await laterVisit(await openPage(browser), portal, people.enrolled.app, { user: 'marie' });
});
