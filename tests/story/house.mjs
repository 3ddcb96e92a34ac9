/* house.mjs - the real programs on loopback, for one story: keys, a configuration, a credential provider, portals, and a clock
 * that the story can move.  Everything lives in one temporary directory and is ended by process id.
 *
 * Environment: BUILD, the directory of the built programs (default: the current one); SOURCE, the source tree; KEEP=1 leaves the directory.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from './http.mjs';
import { startMail } from './mail.mjs';
import { Portal } from './portal.mjs';
import { SimpleSamlPhp } from './simplesamlphp.mjs';

export const source = process.env.SOURCE ?? fileURLToPath(new URL('../..', import.meta.url));
export const build = path.resolve(process.env.BUILD ?? '.');
const faketime = fs.readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketime.so.1`).find((file) => fs.existsSync(file));
const children = new Set();

process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/* A port that nobody listens on. */
export function freePort() {
	return new Promise((resolve) => {
		const server = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

/* Run check() until it is true; at most `seconds`. */
export async function until(what, check, seconds = 40) {
	for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20))
		if (await check())
			return;
	throw new Error(`waited ${seconds} s for ${what}`);
}

/* A program that runs until the story ends.  What it says is kept in `said`. */
export class Program {
	constructor(name, file, args, env = {}) {
		this.name = name;
		this.said = '';
		this.child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
		children.add(this.child);
		this.ended = new Promise((resolve) => {
			this.child.on('error', (error) => { this.said += error; this.code = -1; children.delete(this.child); resolve(-1); });
			this.child.on('exit', (code, signal) => {
				this.code = code ?? signal;
				children.delete(this.child);
				setTimeout(resolve, 1000, this.code).unref();	/* what it said last comes with 'close', unless a child of its own lives on */
			});
			this.child.on('close', () => resolve(this.code));
		});
		for (const stream of [this.child.stdout, this.child.stderr])
			stream.on('data', (data) => { this.said += data; });
	}

	async ready(url) {
		await until(`${this.name} at ${url}`, async () => {
			if (this.code !== undefined)
				throw new Error(`${this.name} ended with ${this.code}:\n${this.said}`);
			return (await ask(url).catch(() => ({}))).status === 200;
		});
	}

	/* -> its exit status, or the signal's name. */
	async stop(signal = 'SIGTERM') {
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 10000);
		if (this.code === undefined)
			this.child.kill(signal);
		const code = await this.ended;
		clearTimeout(timer);
		return code;
	}
}

/* Wall-clock time of the programs, as far from ours as the story wants; clocks that only count (CLOCK_MONOTONIC) are left alone. */
class Clock {
	constructor(directory) {
		if (!faketime)
			throw new Error('libfaketime is missing: install the package faketime');
		this.file = path.join(directory, 'clock');
		this.offset = 0;
		this.forward(0);
		this.env = { LD_PRELOAD: faketime, FAKETIME_TIMESTAMP_FILE: this.file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_FORCE_MONOTONIC_FIX: '0', NO_FAKE_STAT: '1' };
	}

	/* seconds may be negative. */
	forward(seconds) {
		this.offset += seconds;
		fs.writeFileSync(`${this.file}.new`, `${this.offset < 0 ? '-' : '+'}${Math.abs(this.offset)}\n`);
		fs.renameSync(`${this.file}.new`, this.file);
	}

	now() {
		return Date.now() + this.offset * 1000;
	}
}

/* The configuration as YAML: its values are JSON, which YAML contains. */
const yaml = (object) => Object.entries(object).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('');

class House {
	constructor() {
		this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'vestibule-story-'));
		process.on('exit', () => this.clear());	/* also when the story fails before its end */
		this.clock = new Clock(this.dir);
		this.portals = {};
		this.foreign = [];
	}

	/* The portals of `wanted` ({ id: { auth, methods, ...keys of the configuration } }), listening and with their keys in the directory. */
	async openPortals(wanted) {
		const rows = [];
		for (const [id, { auth = 'private_key_jwt', methods, ...more }] of Object.entries(wanted)) {
			if (methods)
				more.second_factor = { methods, ...more.second_factor };
			const portal = await Portal.open({ id, auth, house: this });
			this.portals[id] = portal;
			rows.push({
				id, name: { en: `Portal ${id}`, fr: `Portail ${id}` }, redirect_uris: [portal.redirectUri], post_logout_redirect_uris: [`${portal.url}/`],
				admission: 'open', providers: ['gckey'], ...portal.registration(this.dir), ...more,
			});
		}
		return rows;
	}

	write(name, text) {
		fs.writeFileSync(path.join(this.dir, name), text, { mode: 0o600 });
		return path.join(this.dir, name);
	}

	/* The worker is confined and is told the time, so it must not carry the clock's library into its confinement. */
	workerProgram() {
		const file = this.write('worker', `#!/bin/sh\nunset LD_PRELOAD\nexec '${build}/vestibule-saml' "$@"\n`);
		fs.chmodSync(file, 0o755);
		return file;
	}

	/* mail: true or the options of startMail(): a mail server of the story's own; or a HostileSmtp that runs.  mail.rows: more rows of the
	 * section (reports_to).  -> the section */
	async openMail(mail) {
		if (!mail)
			return {};
		this.mail = mail.section ? mail : await startMail(path.join(this.dir, 'mail'), mail === true ? {} : mail);
		return { mail: { ...this.mail.section(this.dir), ...mail.rows } };
	}

	/* desk: true or more rows of the section helpdesk, and secret: the ticketing tool's.  A console at desk.localhost, whose staff come from a second SimpleSAMLphp, without
	 * CATS: its people and their roles stand in simplesamlphp.mjs.  -> { helpdesk, row of the provider } */
	async openDesk(desk) {
		if (!desk)
			return {};
		const { secret, ...rows } = desk === true ? {} : desk;
		const port = await freePort();
		if (secret)
			this.write('tool.secret', `${secret}\n`);
		this.desk = `${this.issuer.split(':')[0]}://desk.localhost:${port}`;
		return {
			helpdesk: { public_url: this.desk, listen: `127.0.0.1:${port}`, provider: 'staff', role_attribute: 'role', ...(secret ? { tool_secret_file: 'tool.secret' } : {}), ...rows },
			staff: await this.openProvider('staff', { profile: 'plain', name: { en: 'Staff', fr: 'Personnel' } }),
		};
	}

	async configure({ portals = { ptpha: {} }, providers = ['gckey'], mail, desk, ...more }) {
		this.port = await freePort();
		this.operations = await freePort();
		this.issuer = `${more.tls ? 'https' : 'http'}://auth.localhost:${this.port}`;
		const { helpdesk, staff } = await this.openDesk(desk);
		this.config = {
			public_url: this.issuer,
			entity_id: `${this.issuer}/saml/metadata`,
			listen: `127.0.0.1:${this.port}`,
			operations_listen: `127.0.0.1:${this.operations}`,
			state_directory: 'state',
			key_directory: 'keys',
			workers: { saml: 1, handlers: 8 },
			template_directory: path.join(source, 'templates'),
			saml_worker_program: this.workerProgram(),
			providers: [...await this.openProviders(providers), ...(staff ? [staff] : [])],
			...(helpdesk ? { helpdesk } : {}),
			portals: await this.openPortals(portals),
			...await this.openMail(mail),
			...more,
		};
		this.rewrite();
	}

	/* Write the configuration again after a story changed this.config. */
	rewrite() {
		this.file = this.write('vestibule.yaml', yaml(this.config));
	}

	/* A foreign credential provider; its row of the configuration. */
	async openProvider(id, more = {}) {
		const provider = await SimpleSamlPhp.open({ id, house: this, profile: more.profile });
		this.foreign.push(provider);
		return { id, name: { en: id === 'gckey' ? 'GCKey' : 'Sign-In Partner', fr: id === 'gckey' ? 'CléGC' : 'Partenaire de connexion' }, metadata: `${id}.xml`, profile: 'cats2', ...more };
	}

	/* One after the other, in this order. */
	async openProviders(ids) {
		const rows = [];
		for (const id of ids)
			rows.push(await this.openProvider(id, id === 'partner' ? { separation: 'shared' } : {}));
		return rows;
	}

	ctl(...args) {
		return execFileSync(path.join(build, 'vestibulectl'), ['-c', this.file, ...args], { encoding: 'utf8', env: { ...process.env, ...this.clock.env }, stdio: ['ignore', 'pipe', 'pipe'] });
	}

	async start() {
		this.daemon = new Program('vestibuled', path.join(build, 'vestibuled'), ['-c', this.file], this.clock.env);
		await this.daemon.ready(`http://127.0.0.1:${this.operations}/health/ready`);
		this.metadata = (await ask(`${this.issuer}/saml/metadata`)).text;
		for (const provider of this.foreign)
			provider.know(provider.profile === 'plain' ? (await ask(`${this.issuer}/saml/metadata?for=staff`)).text : this.metadata);
	}

	async restart(signal = 'SIGTERM') {
		await this.daemon.stop(signal);
		await this.start();
	}

	/* Time passes, and the daemon does what is due: not just after a jump of its clock, so it starts anew. */
	async later(seconds) {
		this.clock.forward(seconds);
		await this.restart();
	}

	async metrics() {
		return (await ask(`http://127.0.0.1:${this.operations}/metrics`)).text;
	}

	clear() {
		if (!process.env.KEEP)
			fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
	}

	async stop() {
		const code = await this.daemon?.stop();
		for (const each of [...this.foreign, ...Object.values(this.portals), ...(this.mail ? [this.mail] : [])])
			await each.stop();
		this.clear();
		if (code !== undefined && code !== 0)
			throw new Error(`vestibuled ended with ${code}:\n${this.daemon.said}`);
		if (this.daemon?.said.includes('The audit withheld'))	/* a word that src/audit/words.def lacks, or worse */
			throw new Error(this.daemon.said.split('\n').filter((line) => line.includes('The audit withheld')).join('\n'));
	}
}

/* The same with vestibule-demo around it, as ./demo starts it: stand-in providers (gckey, partner) and portals (health, employer), and
 * with `mail` the mail server and its mailbox; with `desk` the console at house.desk and its staff's provider. */
export async function openDemo({ mail = false, desk = false } = {}) {
	const house = new House();
	try {
		const ports = [await freePort(), await freePort(), await freePort()];
		[house.port, house.operations, house.demoPort] = ports;
		house.issuer = `http://auth.localhost:${house.port}`;
		if (mail)
			house.mail = await startMail(path.join(house.dir, 'mail'));
		const deskPort = desk ? await freePort() : 0;
		if (desk)
			house.desk = `http://desk.localhost:${deskPort}`;
		const demo = path.join(build, 'vestibule-demo'), templates = path.join(source, 'templates');
		execFileSync(demo, ['-d', house.dir, 'init', '--service-port', ports[0], '--operations-port', ports[1], '--demo-port', ports[2],
			'--templates', templates, '--saml-worker', house.workerProgram(), ...(mail ? ['--mail-port', house.mail.port] : []), ...(desk ? ['--desk-port', deskPort] : [])].map(String), { stdio: 'pipe' });
		house.file = path.join(house.dir, 'vestibule.yaml');
		house.ctl('keys', 'init');
		await house.start();
		const program = new Program('vestibule-demo', demo, ['-d', house.dir, 'run', '--templates', templates, ...(mail ? ['--inbox', house.mail.dir] : [])], house.clock.env);
		house.foreign.push({ know: () => undefined, stop: () => program.stop() });
		house.demo = program;
		await program.ready(`http://health.localhost:${house.demoPort}/`);
		return house;
	} catch (error) {
		await house.stop().catch(() => undefined);
		throw error;
	}
}

/* Build it, start it, hand it over.  options: portals, providers (their ids), mail, desk, and any key of the configuration. */
export async function openHouse(options = {}) {
	const house = new House();
	try {
		fs.mkdirSync(path.join(house.dir, 'state'), { mode: 0o700 });
		await house.configure(options);
		house.ctl('keys', 'init');
		await house.start();
		return house;
	} catch (error) {
		await house.stop().catch(() => undefined);
		throw error;
	}
}
