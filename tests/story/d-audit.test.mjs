/* The operator and the audit: it is told in words, exported, checked where there is nothing but the public keys, and what is tampered with
 * is found and named. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openPage, openStory } from './browser.mjs';
import { build } from './house.mjs';
import { firstVisit } from './journey.mjs';

let house, browser, room, lines;
const json = (...args) => JSON.parse(house.ctl('--json', ...args));
const file = (name, text) => { fs.writeFileSync(path.join(room, name), text); return path.join(room, name); };
/* What a command that does not end well says, and its status. */
const fails = (...args) => {
	try {
		return { status: 0, answer: json(...args) };
	} catch (error) {
		return { status: error.status, answer: JSON.parse(error.stdout) };
	}
};
before(async () => {
	[house, browser] = await openStory();
	room = fs.mkdtempSync(path.join(os.tmpdir(), 'audit-'));
	await firstVisit(await openPage(browser), house);
});
after(async () => {
	await browser?.close();
	await house?.stop();
	fs.rmSync(room, { recursive: true, force: true });
});

test('audit tail tells what happened in words', () => {
	const events = json('audit', 'tail', '100'), what = (name) => events.find(({ event }) => event === name).what;
	assert.equal(what('factor-enrolled'), 'A second factor was enrolled: authenticator app.');
	assert.equal(what('recovery-codes-made'), 'A set of 10 recovery codes was made; earlier sets no longer work.');
	assert.match(what('account-created'), /^An account was created \(GCKey\): open\.$/);
	for (const { event, what } of events)
		assert.doesNotMatch(what, /[{}[\]?]/, event);
	assert.match(house.ctl('audit', 'tail'), /A second factor was enrolled: authenticator app\./);
});

test('the store is sound, and its head can be kept', () => {
	const told = json('audit', 'verify');
	assert.equal(told.result, 'sound');
	assert.equal(told.begins_after, 0);
	assert.ok(told.events > 5);
	const kept = file('heads', `${told.head}\n`);
	const again = json('audit', 'verify', '--head', kept);
	assert.equal(again.result, 'sound');
	assert.equal(again.known_heads_met, 1);
	assert.match(house.ctl('audit', 'verify'), /result +sound/);
	/* somebody else's history, or one that went further */
	const other = file('other', told.head.replace(/chain=./, (at) => `chain=${at.endsWith('0') ? 1 : 0}`));
	let found = fails('audit', 'verify', '--head', other);
	assert.equal(found.status, 65);
	assert.equal(found.answer.result, 'tampered with');
	assert.match(found.answer.fault, /^the head known from outside says otherwise of event/);
	found = fails('audit', 'verify', '--head', file('later', told.head.replace(/sequence=\d+/, 'sequence=99999')));
	assert.equal(found.status, 65);
	assert.match(found.answer.fault, /its end was cut off$/);
});

test('an export is checked with the public keys alone, without configuration', () => {
	const text = house.ctl('audit', 'export'), keys = house.ctl('audit', 'export', '--keys');
	lines = text.trimEnd().split('\n');
	assert.equal(JSON.parse(lines[0]).type, 'audit-export');
	assert.equal(JSON.parse(lines.at(-1)).type, 'end');
	assert.doesNotMatch(text, /marie|127\.0\.0\.1/);
	for (const key of JSON.parse(keys).keys)
		assert.deepEqual(Object.keys(key).filter((name) => !['kty', 'crv', 'x', 'y', 'kid', 'use', 'alg'].includes(name)), []);
	file('export', text);
	file('keys', keys);
	const told = JSON.parse(execFileSync(path.join(build, 'vestibulectl'), ['-c', '/nonexistent', '--json', 'audit', 'verify', '--file', path.join(room, 'export'),
		'--keys', path.join(room, 'keys')], { encoding: 'utf8' }));
	assert.equal(told.result, 'sound');
	assert.equal(told.events, lines.filter((line) => JSON.parse(line).type === 'event').length);
	assert.equal(told.vouched_up_to, told.events);
	assert.ok(told.sealed !== null);
	/* our own keys are known already */
	assert.equal(json('audit', 'verify', '--file', path.join(room, 'export')).result, 'sound');
});

test('what is tampered with is found, and the place named', () => {
	const judge = (altered) => fails('audit', 'verify', '--keys', path.join(room, 'keys'), '--file', file('altered', altered.map((line) => `${line}\n`).join('')));
	for (const [altered, fault] of [
		[lines.toSpliced(3, 1), /^line 4: event 3 is missing: 4 follows on 2$/],
		[lines.toSpliced(1, 2), /^line 2: events 1 to 2 are missing/],
		[lines.slice(0, -1), /^the file ends after line \d+ without the seal/],
		[lines.toSpliced(-2, 1), /its end was cut off or replaced$/],
		[lines.with(2, lines[2].replace('"event":"', '"event":"x')), /^line 3: event 2 does not fit the chain/],
		[lines.with(2, lines[3]).with(3, lines[2]), /^line 3: event 2 is missing/],
	]) {
		const { status, answer } = judge(altered);
		assert.equal(status, 65);
		assert.equal(answer.result, 'tampered with');
		assert.match(answer.fault, fault);
	}
	/* other keys than those that signed */
	const keys = JSON.parse(house.ctl('audit', 'export', '--keys'));
	file('keys', JSON.stringify({ keys: keys.keys.map((key) => ({ ...key, kid: `not-${key.kid}` })) }));
	assert.match(judge(lines).answer.fault, /is not signed by any of the keys/);
});

test('a part of the history is an export of its own; what is asked wrongly is said', () => {
	file('part', house.ctl('audit', 'export', '2', '4'));
	const told = json('audit', 'verify', '--file', path.join(room, 'part'));
	assert.deepEqual([told.result, told.begins_after, told.events], ['sound', 1, 3]);
	file('part', house.ctl('audit', 'export', '2020-01-01', '2199-01-02T00:00:00Z'));
	assert.ok(json('audit', 'verify', '--file', path.join(room, 'part')).events > 5);
	for (const [args, status, error] of [
		[['audit', 'export', 'yesterday'], 2, /neither a sequence number nor a time/],
		[['audit', 'export', '9999'], 2, /there are no events/],
		[['audit', 'verify', '--file', '/nonexistent'], 74, /cannot be read/],
		[['audit', 'verify', '--keys', path.join(room, 'part')], 78, /is no set of public keys/],
		[['audit', 'verify', '--head', path.join(room, 'part')], 2, /this is no head/],
		[['audit', 'verify', '--file'], 2, /there is no option "--file" here, or it stands twice or without/],
		[['audit', 'tail', '--file', 'x'], 2, /there is no option "--file" here/],
		[['audit', 'verify', '--file', 'a', '--file', 'b'], 2, /or it stands twice/],
	]) {
		const found = fails(...args);
		assert.equal(found.status, status, args.join(' '));
		assert.match(found.answer.error, error);
	}
});
