/* What an operator gives that is wrong: each ends in one clear sentence that names file, place and remedy, the documented exit
 * status (78 configuration, 74 store, port and other I/O, 2 usage), and an untouched store. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { build, freePort, Program, source } from './house.mjs';

let world, dir;
const run = (program, ...args) => spawnSync(path.join(build, program), args, { encoding: 'utf8', timeout: 20000 });
const at = (name) => path.join(dir, name);
const edit = (change) => fs.writeFileSync(at('vestibule.yaml'), change(fs.readFileSync(at('vestibule.yaml'), 'utf8')));
const files = (folder) => fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)).filter((name) => fs.statSync(name).isFile()).sort();
const prints = (folder) => files(folder).filter((name) => !/lock/.test(name)).map((name) => [name, createHash('sha256').update(fs.readFileSync(name)).digest('hex')]);
const ready = () => `http://127.0.0.1:${/operations_listen: .*:(\d+)/.exec(fs.readFileSync(at('vestibule.yaml'), 'utf8'))[1]}/health/ready`;

/* A configured service that ran once, so that there is a store; each test breaks a copy of it. */
before(async () => {
	world = dir = fs.mkdtempSync(path.join(os.tmpdir(), 'vestibule-story-'));
	const made = run('vestibule-demo', '-d', dir, 'init', '--service-port', `${await freePort()}`, '--operations-port', `${await freePort()}`,
		'--demo-port', `${await freePort()}`, '--templates', path.join(source, 'templates'), '--saml-worker', path.join(build, 'vestibule-saml'));
	assert.equal(made.status, 0, made.stderr);
	const keys = run('vestibulectl', '-c', at('vestibule.yaml'), 'keys', 'init');
	assert.equal(keys.status, 0, keys.stderr);
	const daemon = new Program('vestibuled', path.join(build, 'vestibuled'), ['-c', at('vestibule.yaml')]);
	await daemon.ready(ready());
	assert.equal(await daemon.stop(), 0, daemon.said);
});
after(() => fs.rmSync(world, { recursive: true, force: true }));

function broken(name, body) {
	test(name, async () => {
		dir = fs.mkdtempSync(path.join(os.tmpdir(), 'vestibule-story-'));
		fs.cpSync(world, dir, { recursive: true, preserveTimestamps: true });
		for (const file of [dir, ...['state', 'keys'].map(at), ...files(dir)])
			fs.chmodSync(file, fs.statSync(path.join(world, path.relative(dir, file))).mode);
		edit((text) => text.replaceAll(world, dir));
		try {
			await body();
		} finally {
			spawnSync('chmod', ['-R', 'u+w', dir]);
			fs.rmSync(dir, { recursive: true, force: true });
			dir = world;
		}
	});
}

/* The daemon does not start: the status, each of the words in what it says, and the store as it was. */
function refuses(status, ...words) {
	const store = prints(at('state'));
	const answer = run('vestibuled', '-c', at('vestibule.yaml'));
	assert.equal(answer.signal, null, `it ran on, or died: ${answer.signal}\n${answer.stderr}`);
	assert.equal(answer.status, status, answer.stderr);
	for (const word of words)
		assert.match(answer.stderr, word);
	assert.doesNotMatch(answer.stderr, /must\(|Aborted|Sanitizer/);
	assert.deepEqual(prints(at('state')), store, 'the store was touched');
	return answer.stderr;
}

/* The check without a start says the same. */
function refusesTwice(status, ...words) {
	refuses(status, ...words);
	const check = run('vestibuled', '-c', at('vestibule.yaml'), '--check');
	assert.equal(check.status, status, check.stderr);
	for (const word of words)
		assert.match(check.stderr, word);
}

broken('wrong usage', () => {
	for (const args of [[], ['--nonsense'], ['-c'], ['-c', 'a', 'b']])
		assert.equal(run('vestibuled', ...args).status, 2, args.join(' '));
	for (const args of [[], ['nonsense'], ['keys'], ['-c'], ['keys', 'rotate', 'nothing'], ['keys', 'list', 'more']])
		assert.equal(run('vestibulectl', '-c', at('vestibule.yaml'), ...args).status, 2, args.join(' '));
	assert.equal(run('vestibuled', '--help').status, 0);
	assert.equal(run('vestibulectl', '--help').status, 0);
});

broken('no configuration file', () => {
	fs.rmSync(at('vestibule.yaml'));
	refusesTwice(78, /vestibule\.yaml: the configuration file does not exist; name it with -c/);
});

broken('an unknown key', () => {
	edit((text) => text.replace(/^listen:/m, 'lisen:'));
	refusesTwice(78, /vestibule\.yaml:\d+:1: lisen: this key does not exist; did you mean listen\?/);
});

broken('a missing key', () => {
	edit((text) => text.replace(/^public_url:.*\n/m, ''));
	refusesTwice(78, /vestibule\.yaml:\d+:1: public_url: this key is missing; write https:/);
});

broken('a value of the wrong type', () => {
	edit((text) => `${text.replace(/^workers:.*\n/m, '')}\nworkers: { saml: many }\n`);
	refusesTwice(78, /vestibule\.yaml:\d+:12: workers\.saml: "many" does not fit; write a whole number from 1 to 64/);
});

broken('several faults are told at once', () => {
	edit((text) => `${text}\nzebra: 1\nyak: 2\n`);
	refusesTwice(78, /zebra: this key/, /yak: this key/);
});

broken('not YAML', () => {
	edit((text) => `${text}\na: b: c\n`);
	refusesTwice(78, /vestibule\.yaml:\d+:\d+: this is not YAML/);
});

broken('plain HTTP to the world', () => {
	edit((text) => text.replace(/^listen: .*:/m, 'listen: 0.0.0.0:'));
	refusesTwice(78, /listen: without tls .* loopback address only; add tls/);
});

broken('no keys', () => {
	fs.rmSync(at('keys'), { recursive: true });
	refusesTwice(78, /keys.*vestibulectl keys init/);
});

broken('a damaged key file', () => {
	const key = fs.readdirSync(at('keys')).find((name) => name.startsWith('token-'));
	fs.writeFileSync(at(`keys/${key}`), 'nonsense');
	refusesTwice(78, new RegExp(key.replaceAll('.', '\\.')));
});

broken('a key file that others may read', () => {
	const key = fs.readdirSync(at('keys')).find((name) => name.startsWith('store-'));
	fs.chmodSync(at(`keys/${key}`), 0o644);
	const answer = refuses(78 , new RegExp(key.replaceAll('.', '\\.')), /chmod/);
	assert.ok(answer.trim().split('\n').length <= 2, answer);
});

broken('metadata that is not there', () => {
	const file = /metadata: (\S+)/.exec(fs.readFileSync(at('vestibule.yaml'), 'utf8'))[1];
	fs.rmSync(path.resolve(dir, file));
	refusesTwice(78, /providers\[0\]\.metadata: the file .* cannot be read \(No such file or directory\)/);
});

for (const [what, content] of [['is empty', ''], ['is not XML', 'nonsense'], ['is cut', null], ['is of nobody', '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:x"/>']])
	broken(`metadata that ${what}`, () => {
		const file = path.resolve(dir, /metadata: (\S+)/.exec(fs.readFileSync(at('vestibule.yaml'), 'utf8'))[1]);
		fs.writeFileSync(file, content ?? fs.readFileSync(file, 'utf8').slice(0, 900));
		refusesTwice(78, new RegExp(path.basename(file).replaceAll('.', '\\.')), /gckey|provider/);
	});

broken('a portal key set that is none', () => {
	const file = path.resolve(dir, /jwks_file: (\S+)/.exec(fs.readFileSync(at('vestibule.yaml'), 'utf8'))[1]);
	fs.writeFileSync(file, '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}');
	refusesTwice(78, new RegExp(path.basename(file).replaceAll('.', '\\.')));
});

broken('no templates', () => {
	edit((text) => text.replace(/^template_directory:.*$/m, 'template_directory: /nowhere'));
	refusesTwice(78, /\/nowhere/);
});

broken('a template that does not compile', () => {
	fs.cpSync(path.join(source, 'templates'), at('templates'), { recursive: true });
	fs.appendFileSync(at('templates/error.html'), '{{nonsense {{\n');
	edit((text) => text.replace(/^template_directory:.*$/m, 'template_directory: templates'));
	refusesTwice(78, /error\.html/);
});

broken('no SAML worker', () => {
	edit((text) => text.replace(/^saml_worker_program:.*$/m, 'saml_worker_program: /nowhere/vestibule-saml'));
	const answer = run('vestibuled', '-c', at('vestibule.yaml'));
	assert.ok([74, 78].includes(answer.status), answer.stderr);
	assert.match(answer.stderr, /\/nowhere\/vestibule-saml/);
});

broken('a store under another key', () => {
	fs.rmSync(at('keys'), { recursive: true });
	assert.equal(run('vestibulectl', '-c', at('vestibule.yaml'), 'keys', 'init').status, 0);
	refuses(74, /state/, /key/);
	const stat = run('vestibulectl', '-c', at('vestibule.yaml'), 'store', 'stat');
	assert.equal(stat.status, 74, stat.stderr);
});

broken('a store that is cut', () => {
	const [data] = files(at('state')).sort((a, b) => fs.statSync(b).size - fs.statSync(a).size);
	fs.truncateSync(data, 2 * 4096 + 100);
	refuses(74, /state/);
});

broken('a store of random bytes', () => {
	const [data] = files(at('state')).sort((a, b) => fs.statSync(b).size - fs.statSync(a).size);
	fs.writeFileSync(data, randomBytes(fs.statSync(data).size));
	refuses(74, /state/);
});

broken('no state directory', () => {
	fs.rmSync(at('state'), { recursive: true });
	fs.writeFileSync(at('state'), 'a file');
	const answer = run('vestibuled', '-c', at('vestibule.yaml'));
	assert.equal(answer.status, 74, answer.stderr);
	assert.match(answer.stderr, /state/);
});

broken('a state directory that others may read', () => {
	fs.chmodSync(at('state'), 0o755);
	refuses(74, /state/, /mode|chmod/);
});

broken('a port in use', async () => {
	const port = Number(/^listen: .*:(\d+)/m.exec(fs.readFileSync(at('vestibule.yaml'), 'utf8'))[1]);
	const taken = net.createServer();
	await new Promise((resolve) => { taken.listen(port, '127.0.0.1', resolve); });
	try {
		refuses(74, new RegExp(`127\\.0\\.0\\.1:${port}`));
	} finally {
		taken.close();
	}
});

/* In a mount namespace of its own, with the state directory on a disk that is read-only or full. */
function onDisk(options, after_, ...words) {
	const store = prints(at('state'));
	const script = `set -e; cp -a state kept; mount -t tmpfs -o ${options} none state; cp -a kept/. state; chmod 700 state; ${after_}; status=0; '${build}/vestibuled' -c vestibule.yaml || status=$?; rm -rf kept; exit $status`;
	const answer = spawnSync('unshare', ['-m', 'sh', '-c', script], { cwd: dir, encoding: 'utf8', timeout: 20000 });
	assert.equal(answer.status, 74, answer.stderr);
	for (const word of words)
		assert.match(answer.stderr, word);
	assert.deepEqual(prints(at('state')), store);
}
const mounts = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

broken('a read-only disk', (t) => mounts ? onDisk('size=256m', 'mount -o remount,ro state', /state/, /[Rr]ead-only/) : t?.skip('no mounts here'));

broken('the commands that need what is missing', () => {
	fs.rmSync(at('keys'), { recursive: true });
	for (const args of [['keys', 'list'], ['store', 'stat'], ['account', 'show', 'VB-AAAA-AAAA'], ['audit', 'tail']]) {
		const answer = run('vestibulectl', '-c', at('vestibule.yaml'), '--json', ...args);
		assert.equal(answer.status, 78, `${args}: ${answer.stderr}`);
		assert.match(JSON.parse(answer.stdout).error, /keys init/);
	}
});
