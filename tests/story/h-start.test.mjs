/* Starts that must not happen: one clear sentence that names file, place and remedy, the documented exit status, and a store that is
 * left as it was. Reloads that are refused; two programs on one store; stopping.
 * ATTACKS: R04 R07 R12 R15 R22 R23, DESIGN.md 6.1 and 6.2. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { build, freePort, openHouse, Program, sleep, until } from './house.mjs';
import { ask } from './http.mjs';

let house;
before(async () => {
	house = await openHouse();
	await house.daemon.stop();
});
after(async () => { await house?.stop(); });

const program = path.join(build, 'vestibuled');
const files = (dir) => fs.readdirSync(dir).sort().map((name) => [name, createHash('sha256').update(fs.readFileSync(path.join(dir, name))).digest('hex')]);
const state = () => files(path.join(house.dir, 'state')).filter(([name]) => !name.startsWith('lock'));

/* Start with a configuration changed by `change`; -> what it said. */
async function refuses(change, status, ...words) {
	const good = structuredClone(house.config), before = state();
	try {
		await change(house.config);
		house.rewrite();
		const daemon = new Program('vestibuled', program, ['-c', house.file]);
		const timer = setTimeout(() => daemon.stop('SIGKILL'), 8000);
		assert.equal(await daemon.ended, status, daemon.said);
		clearTimeout(timer);
		for (const word of words)
			assert.match(daemon.said, word);
		assert.doesNotMatch(daemon.said, /Assertion|Segmentation|AddressSanitizer/);
		assert.deepEqual(state(), before, 'the store is untouched');
		return daemon.said;
	} finally {
		house.config = good;
		house.rewrite();
	}
}

const yaml = /vestibule\.yaml:\d+:\d+: /;

test('usage', async () => {
	for (const args of [[], ['-x'], ['-c'], ['-c', house.file, 'more']])
		assert.equal(await new Program('vestibuled', program, args).ended, 2, args.join(' '));
	const check = new Program('vestibuled', program, ['-c', house.file, '--check']);
	assert.equal(await check.ended, 0, check.said);
	assert.equal(await new Program('vestibuled', program, ['-c', path.join(house.dir, 'nothing.yaml')]).ended, 78);
});

test('faults of the configuration name file, line, key and remedy', async () => {
	await refuses((config) => { config.unknown_key = 1; }, 78, yaml, /unknown_key/);
	await refuses((config) => { config.portals[0].unknown_key = 1; }, 78, yaml, /unknown_key/);
	await refuses((config) => { delete config.public_url; }, 78, /public_url/);
	await refuses((config) => { config.public_url = 'http://auth.example.ca'; }, 78, yaml, /public_url/, /https/);
	await refuses((config) => { config.listen = 'everywhere'; }, 78, yaml, /listen/);
	await refuses((config) => { config.listen = '0.0.0.0:8080'; }, 78, /listen/, /tls/);
	await refuses((config) => { config.workers = { saml: 'two' }; }, 78, yaml, /saml/);
	await refuses((config) => { config.limits = { code_lifetime: '1d' }; }, 78, yaml, /code_lifetime/);
	await refuses((config) => { config.portals[0].providers = ['nobody']; }, 78, yaml, /nobody/);
	await refuses((config) => { config.portals.push(structuredClone(config.portals[0])); }, 78, yaml, /ptpha/);
	await refuses((config) => { delete config.portals[0].jwks_file; }, 78, /jwks_file/);
	await refuses((config) => { config.portals[0].jwks_file = 'gone.json'; }, 78, yaml, /gone\.json/);
	await refuses((config) => { config.providers[0].metadata = 'gone.xml'; }, 78, yaml, /gone\.xml/);
	await refuses((config) => { config.providers[0].encryption = ['rot13']; }, 78, yaml, /rot13|encryption/);
});

test('several faults are told at once', async () => {
	const said = await refuses((config) => { config.unknown_key = 1; config.workers = { saml: 'two' }; config.log_level = 'loud'; }, 78);
	assert.equal(said.split('\n').filter((line) => yaml.test(line)).length, 3, said);
});

test('files that are not what they should be', async () => {
	house.write('broken.json', '{ "keys": [');
	await refuses((config) => { config.portals[0].jwks_file = 'broken.json'; }, 78, /broken\.json/);
	house.write('broken.xml', '<EntityDescriptor');
	await refuses((config) => { config.providers[0].metadata = 'broken.xml'; }, 78, /broken\.xml/);
	house.write('empty.xml', '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>');
	await refuses((config) => { config.providers[0].metadata = 'empty.xml'; }, 78, /empty\.xml/);
	await refuses((config) => { config.key_directory = 'nowhere'; }, 78, /nowhere/, /keys init/);
});

test('a key file that others can read, or that is damaged', async () => {
	const keys = path.join(house.dir, 'keys');
	for (const [name] of files(keys)) {
		const file = path.join(keys, name), content = fs.readFileSync(file), { mode } = fs.statSync(file);
		if (/\.(crt|pem|txt)$/.test(name) && content.includes('CERTIFICATE') && !content.includes('PRIVATE'))
			continue;
		fs.writeFileSync(file, content.subarray(0, content.length >> 1));
		await refuses(() => undefined, 78, new RegExp(name.replace('.', '\\.')));
		fs.writeFileSync(file, content, { mode });
		fs.chmodSync(file, 0o644);
		await refuses(() => undefined, 78, new RegExp(name.replace('.', '\\.')));
		fs.chmodSync(file, mode);
	}
});

test('a store under other keys, a damaged one, one from a newer version', async () => {
	const dir = path.join(house.dir, 'state'), keys = path.join(house.dir, 'keys'), aside = path.join(house.dir, 'aside');
	fs.renameSync(keys, aside);
	house.ctl('keys', 'init');
	await refuses(() => undefined, 74, /key/i);
	fs.rmSync(keys, { recursive: true });
	fs.renameSync(aside, keys);
	for (const [name] of files(dir).filter(([file]) => file.startsWith('data'))) {
		const file = path.join(dir, name), content = fs.readFileSync(file);
		fs.writeFileSync(file, 'this is no store');
		await refuses(() => undefined, 74, /store|state/i);
		fs.writeFileSync(file, content);
	}
});

test('a state directory that cannot be used', async () => {
	await refuses((config) => { config.state_directory = 'nowhere/at/all'; }, 74, /nowhere\/at\/all/);
	await refuses((config) => { config.state_directory = 'vestibule.yaml'; }, 74, /vestibule\.yaml/);
	if (process.getuid() !== 0) {
		fs.chmodSync(path.join(house.dir, 'state'), 0o500);
		await refuses(() => undefined, 74, /state/);
		fs.chmodSync(path.join(house.dir, 'state'), 0o700);
	}
	fs.chmodSync(path.join(house.dir, 'state'), 0o777);
	await refuses(() => undefined, 74, /state/);
	fs.chmodSync(path.join(house.dir, 'state'), 0o700);
});

test('a port in use', async () => {
	const taken = net.createServer();
	await new Promise((resolve) => { taken.listen(0, '127.0.0.1', resolve); });
	const { port } = taken.address();
	await refuses((config) => { config.listen = `127.0.0.1:${port}`; }, 74, new RegExp(`127\\.0\\.0\\.1:${port}`), /use/);
	await refuses((config) => { config.operations_listen = `127.0.0.1:${port}`; }, 74, new RegExp(`127\\.0\\.0\\.1:${port}`), /use/);
	await new Promise((resolve) => { taken.close(resolve); });
});

test('two programs on one store', async () => {
	await house.start();
	const port = await freePort(), other = await freePort();
	const second = { ...house.config, listen: `127.0.0.1:${port}`, operations_listen: `127.0.0.1:${other}` };
	const file = house.write('second.yaml', Object.entries(second).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join(''));
	const daemon = new Program('vestibuled', program, ['-c', file]);
	assert.equal(await daemon.ended, 74, daemon.said);
	assert.match(daemon.said, /state/);
	assert.equal((await ask(`${house.issuer}/jwks.json`)).status, 200, 'the first goes on');
});

test('a reload takes a good configuration and keeps the old one before a bad one', async () => {
	const good = structuredClone(house.config), title = async () => (await ask(`${house.issuer}/nowhere`)).text;
	house.config.service_name = { en: 'Renamed', fr: 'Renommé' };
	house.rewrite();
	house.daemon.child.kill('SIGHUP');
	await until('the new name', async () => (await title()).includes('Renamed'), 5);
	house.config.unknown_key = 1;
	house.config.service_name = { en: 'Broken', fr: 'Brisé' };
	house.rewrite();
	house.daemon.child.kill('SIGHUP');
	await until('a line in the log', () => house.daemon.said.includes('unknown_key'), 5);
	await sleep(100);
	assert.ok((await title()).includes('Renamed'));
	assert.equal((await ask(`http://127.0.0.1:${house.operations}/health/ready`)).status, 200);
	house.config = good;
	house.rewrite();
	house.daemon.child.kill('SIGHUP');
	await until('the old name', async () => !(await title()).includes('Renamed'), 5);
});

test('the log: one event a line, no secret', () => {
	for (const line of house.daemon.said.trim().split('\n'))
		assert.match(line, /\S/);
	assert.doesNotMatch(house.daemon.said, /PRIVATE KEY|secret=|eyJ/);
});

test('a stop lets answers out: whole, or none', async () => {
	const { text: whole } = await ask(`${house.issuer}/jwks.json`);
	const send = () => ask(`${house.issuer}/jwks.json`).catch(() => undefined);
	for (let round = 0; round < 3; round++) {
		const before = Array.from({ length: 20 }, send);
		await sleep(round * 5);
		const stopped = house.daemon.stop(), after = [];
		for (let i = 0; i < 20; i++, await sleep(1))
			after.push(send());
		assert.equal(await stopped, 0, house.daemon.said);
		for (const answer of await Promise.all([...before, ...after]))
			assert.ok(!answer || (answer.status === 200 && answer.text === whole) || (answer.status === 503 && JSON.parse(answer.text).error === 'temporarily_unavailable'),
				JSON.stringify(answer));
		await house.start();
	}
});
