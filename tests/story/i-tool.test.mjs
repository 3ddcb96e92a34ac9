/* The ticketing tool's interface against its document, doc/openapi-desk.json: each status, each member; and what it never tells.
 * DESIGN.md section 5; OpenAPI 3.1. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { Caller } from './caller.mjs';
import { openStory } from './browser.mjs';
import { ask } from './http.mjs';
import { source } from './house.mjs';
import { enterCode } from './journey.mjs';

const file = path.join(source, 'doc/openapi-desk.json');
const document = JSON.parse(fs.readFileSync(file, 'utf8'));
const secret = 'S3cret-of-the-ticketing-tool-0123456789';
const url = '/api/v1/look-ups';
const responses = document.paths[url].post.responses;
const produced = new Set();
let house, browser, marie;

/* Nothing undeclared is answered: what the document leaves open for later is closed here. */
function close(schema) {
	if (schema === null || typeof schema !== 'object')
		return schema;
	const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, Array.isArray(value) ? value.map((one) => close(one)) : close(value)]));
	return copy.properties && copy.type === 'object' ? { ...copy, additionalProperties: false } : copy;
}
const absolute = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"http://desk.localhost/#/$defs/'));
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false, allowUnionTypes: true });
ajv.addSchema({ $id: 'http://desk.localhost/', $defs: absolute(close(document.components.schemas)) });

before(async () => {
	[house, browser] = await openStory({ mail: true, desk: { secret, tool_looks_hour: 20, tool_looks_day: 60 } });
	marie = await Caller.open(browser, house, 'marie', { address: 'marie@example.ca' });
});
after(async () => { await browser?.close(); await house?.stop(); });

async function look(body, { bearer = secret, type = 'application/json' } = {}) {
	const answer = await ask(house.desk + url, { method: 'POST', headers: { ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}), 'Content-Type': type }, body: typeof body === 'string' ? body : JSON.stringify(body) });
	const declared = responses[answer.status];
	assert.ok(declared, `${answer.status} is not declared: ${answer.text}`);
	const [[media, { schema }]] = Object.entries(declared.content);
	assert.equal(answer.headers['content-type'], media);
	const json = JSON.parse(answer.text), fits = ajv.compile(absolute(close(schema)));
	assert.ok(fits(json), `${answer.status}: ${JSON.stringify(fits.errors)} of ${answer.text}`);
	for (const name of Object.keys(declared.headers ?? {}))
		assert.ok(answer.headers[name.toLowerCase()], name);
	produced.add(answer.status);
	return { status: answer.status, json, text: answer.text };
}
const of = (more = {}) => ({ support_reference: marie.reference, agent: 'agent-7', ...more });

test('the document is served as it stands', async () => {
	const answer = await ask(`${house.desk}/api/v1/openapi.json`);
	assert.equal(answer.status, 200);
	assert.equal(answer.text, fs.readFileSync(file, 'utf8'));
});

test('only with the secret', async () => {
	for (const bearer of [null, 'x', secret.slice(1), `${secret}x`])
		assert.equal((await look(of(), { bearer })).status, 401);
	assert.equal((await ask(`${house.issuer}${url}`, { method: 'POST', headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' }, body: JSON.stringify(of()) })).status, 404, 'not at the portals’ address');
});

test('without a caller code: status, locks and waits', async () => {
	const { status, json, text } = await look(of());
	assert.equal(status, 200);
	assert.equal(json.verified, false);
	assert.equal(json.details, null);
	assert.ok(!/ptpha|gckey|•|20\d\d-/.test(text), text);
	assert.match((await look(of({ language: 'fr' }))).json.headline, /Aucun problème/);
	assert.match(house.ctl('audit', 'tail', '10'), /desk-tool-asked.*agent-7/);
});

test('with one: the details, and never an id, a subject, an address or a code', async () => {
	const code = await marie.pageCode();
	const { json, text } = await look(of({ caller_code: code }));
	assert.equal(json.verified, true);
	assert.equal(json.details.portal, 'ptpha');
	assert.match(json.details.notice_address, /^m•••@/);
	assert.ok(json.details.timeline.length > 4 && json.details.mails.length > 0);
	const { sub } = marie.portal.visits.at(-1)?.claims ?? {};
	for (const hidden of [marie.address, code, sub ?? 'no-sub', ...marie.codes])
		assert.ok(!text.includes(hidden), hidden);
	assert.equal((await look(of({ caller_code: code }))).status, 422, 'once');
});

test('a wait is told in seconds', async () => {
	for (let i = 0; i < 6; i++)
		await enterCode(marie.page, '000000');
	const { json } = await look(of());
	assert.equal(json.state, 'wait');
	assert.equal(json.locks[0].method, 'totp');
	assert.ok(json.locks[0].wait_seconds > 0 && json.locks[0].wait_seconds <= 60);
});

test('what is wrong is told, and limits hold', async () => {
	for (const body of ['', '{', '[]', of({ agent: 'a b' }), of({ agent: undefined }), of({ more: 1 }), of({ support_reference: 'VB-1' }), of({ language: 'de' }), of({ caller_code: 7 })])
		assert.equal((await look(body)).status, 400, JSON.stringify(body));
	assert.equal((await look(of({ agent: 'a'.repeat(17000) }))).status, 413);
	assert.equal((await look(of(), { type: 'text/plain' })).status, 415);
	assert.equal((await look(of({ caller_code: '12345' }))).status, 422);
	assert.equal((await look(of({ support_reference: 'VB-0000-0000' }))).status, 404);
	for (let i = 0; i < 20; i++)
		await look(of({ support_reference: 'VB-0000-0000' }));
	assert.equal((await look(of())).status, 429);
	assert.deepEqual(Object.keys(responses).filter((status) => status !== 'default' && !produced.has(Number(status))), [], 'every declared status was answered');
});
