/* apache.mjs - Debian's Apache with mod_auth_openidc as a portal; its configuration is tests/fixture/apache/httpd.conf. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ask } from './http.mjs';
import { freePort, Program, source } from './house.mjs';

/* Prints what the module tells an application. */
const page = `<!DOCTYPE html><html lang="en"><title>Apache</title><body data-page="apache">
<p id="sub"><!--#echo var="REMOTE_USER" --></p><p id="acr"><!--#echo var="OIDC_CLAIM_acr" --></p><p id="amr"><!--#echo var="OIDC_CLAIM_amr" --></p>
<p id="iss"><!--#echo var="OIDC_CLAIM_iss" --></p><p id="locale"><!--#echo var="OIDC_CLAIM_locale" --></p>`;

export class Apache {
	/* Before the house is opened: its port and secret, and its row of the configuration. */
	static async plan(id = 'legacy') {
		const apache = new Apache();
		Object.assign(apache, { id, port: await freePort(), secret: randomBytes(32).toString('base64url') });
		apache.url = `http://${id}.localhost:${apache.port}`;
		apache.row = { redirect_uris: [`${apache.url}/callback`], post_logout_redirect_uris: [`${apache.url}/`], auth: 'client_secret_basic' };
		return apache;
	}

	/* In the open house; the secret is the one that the configuration names. */
	async start(house) {
		this.dir = path.join(house.dir, 'apache');
		fs.mkdirSync(path.join(this.dir, 'www'), { recursive: true, mode: 0o755 });
		fs.chmodSync(house.dir, 0o755);	/* Apache's children are nobody */
		fs.writeFileSync(path.join(this.dir, 'www/index.shtml'), page);
		const values = { DIR: this.dir, PORT: this.port, ISSUER: house.issuer, CLIENT: this.id, SECRET: house.portals[this.id].secret, URL: this.url, PASSPHRASE: randomBytes(16).toString('hex') };
		const template = fs.readFileSync(path.join(source, 'tests/fixture/apache/httpd.conf'), 'utf8');
		fs.writeFileSync(path.join(this.dir, 'httpd.conf'), template.replace(/@([A-Z]+)@/g, (all, name) => values[name] ?? all));
		this.program = new Program('apache2', '/usr/sbin/apache2', ['-f', path.join(this.dir, 'httpd.conf'), '-DFOREGROUND'], { ...house.clock.env });
		for (let i = 0; i < 250; i++) {
			if (this.program.code !== undefined)
				throw new Error(`apache2 ended: ${this.program.said}${this.errors()}`);
			if (await ask(`${this.url}/index.shtml`).catch(() => undefined))
				return;
			await new Promise((resolve) => { setTimeout(resolve, 40); });
		}
		throw new Error('Apache does not answer');
	}

	errors() {
		return fs.readFileSync(path.join(this.dir, 'error.log'), 'utf8');
	}

	async stop() {
		await this.program?.stop();
	}
}
