/* doc/openapi.json against the running program: every path, method and declared status is produced at least once, every answer is declared and
 * fits its schema, to the last member; and what the document promises of parameters holds.
 * DESIGN 6.3; OpenAPI 3.1. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { at, openPage, openStory } from './browser.mjs';
import { source } from './house.mjs';
import { chooseProvider, enterCode, keepCodes, proveCredential, scan, startOf } from './journey.mjs';
import { openClaims } from './claims.mjs';

const document = JSON.parse(fs.readFileSync(path.join(source, 'doc/openapi.json'), 'utf8'));
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false, allowUnionTypes: true, keywords: ['example'] });
let house, browser, portal, claims;

/* What the schema of an answer leaves open for later releases is closed here: nothing undeclared is answered. */
function close(schema) {
	if (schema === null || typeof schema !== 'object')
		return schema;
	const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, Array.isArray(value) ? value.map((one) => close(one)) : close(value)]));
	return copy.properties && [copy.type].flat().includes('object') ? { ...copy, additionalProperties: false } : copy;
}
const absolute = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"http://document.localhost/#/$defs/'));
ajv.addSchema({ $id: 'http://document.localhost/', $defs: absolute(close(document.components.schemas)) });
const compiled = new Map();
function check(schema, value, what) {
	const text = JSON.stringify(schema);
	if (!compiled.has(text))
		compiled.set(text, ajv.compile(absolute(close(schema))));
	assert.ok(compiled.get(text)(value), `${what}: ${JSON.stringify(compiled.get(text).errors)} of ${JSON.stringify(value)}`);
}
const resolve = (node) => node?.$ref ? node.$ref.slice(2).split('/').reduce((at, name) => at[name], document) : node;

const produced = new Set();
/* Ask, and hold the answer to the document. */
async function ask(method, template, id, options = {}, query = '') {
	const answer = await (options.by ?? portal).api(method, template.replace(/\{\w+\}/, id) + query, options);
	const what = `${method} ${template} ${answer.status}`;
	const declared = resolve(document.paths[template][method.toLowerCase()].responses[answer.status]);
	assert.ok(declared, `${what} is not declared: ${answer.text}`);
	const [[type, { schema }], ...more] = Object.entries(declared.content);
	assert.deepEqual(more, []);
	assert.equal(answer.headers['content-type'], type, what);
	check(schema, answer.json, what);
	for (const [name, header] of Object.entries(declared.headers ?? {})) {
		assert.ok(answer.headers[name.toLowerCase()] !== undefined, `${what}: ${name}`);
		check(header.schema, header.schema.type === 'integer' ? Number(answer.headers[name.toLowerCase()]) : answer.headers[name.toLowerCase()], `${what}: ${name}`);
	}
	produced.add(what);
	return answer;
}

async function waits(user) {
	const page = await openPage(browser);
	await page.goto(startOf(house.portals.approves));
	await chooseProvider(page);
	await proveCredential(page, user);
	await enterCode(page, await (await scan(page, house.clock)).fresh());
	await at(page, 'recovery-codes');
	await keepCodes(page);
	await at(page, 'waiting-approval');
	await page.context().close();
}

before(async () => {
	[house, browser] = await openStory({ portals: { approves: { admission: 'approval' }, claims: {} } });
	portal = house.portals.approves;
	await waits('p11');
	await waits('p12');
	claims = openClaims(house, house.portals.claims, 2);
});
after(async () => { await browser?.close(); await house?.stop(); });

test('the document is served as it stands, to anybody', async () => {
	const { text } = await portal.api('GET', '/api/v1/openapi.json', { token: null });
	assert.equal(text, fs.readFileSync(path.join(source, 'doc/openapi.json'), 'utf8'));
	await ask('GET', '/api/v1/openapi.json', '', { token: null });
	await ask('GET', '/api/v1/openapi.json', '', { token: null }, '?a=1&a=2');
});

test('it is whole: references lead somewhere, operations have names of their own, examples fit their schemas', () => {
	assert.match(document.openapi, /^3\.1\./);
	const text = JSON.stringify(document), names = [];
	for (const [, target] of text.matchAll(/"\$ref":"([^"]+)"/g))
		assert.ok(resolve({ $ref: target }), target);
	for (const [template, item] of Object.entries(document.paths)) {
		for (const [method, operation] of Object.entries(item)) {
			names.push(operation.operationId);
			const parameters = (operation.parameters ?? []).map(resolve);
			assert.deepEqual(parameters.filter((one) => one.in === 'path').map(({ name }) => name), [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name), template);
			for (const answer of Object.values(operation.responses).map(resolve))
				for (const { schema, example } of Object.values(answer.content))
					if (example !== undefined)
						check(schema, example, `the example of ${method} ${template}`);
			const body = operation.requestBody?.content['application/json'];
			if (body?.example !== undefined)
				check(body.schema, body.example, `the body of ${method} ${template}`);
		}
	}
	assert.equal(new Set(names).size, names.length);
});

test('every path is a route, and every route of the interface a path', () => {
	const routes = fs.readFileSync(path.join(source, 'src/page/routes.c'), 'utf8').matchAll(/^\s*\{([A-Z_]+), "(\/api\/[^"]+)"/gm);
	const rows = [...routes].flatMap(([, methods, template]) => ({ BOTH: ['get', 'post'], METHOD_GET: ['get'], METHOD_POST: ['post'] })[methods].map((method) => `${method} ${template}`));
	assert.deepEqual(rows.sort(), Object.entries(document.paths).flatMap(([template, item]) => Object.keys(item).map((method) => `${method} ${template}`)).sort());
});

/* What each operation needs: things to name and bodies.  The statuses that all operations have come from one loop. */
test('every declared status is produced, and fits', async () => {
	const waiting = (await ask('GET', '/api/v1/approvals', '')).json.items;
	assert.equal(waiting.length, 2);
	const made = await ask('POST', '/api/v1/invitations', '', { body: { expires_in: 3600, note: 'x' }, headers: { 'idempotency-key': 'first' } });
	const invitation = made.json.id, [first, second] = waiting.map(({ sub }) => sub);
	await ask('GET', '/api/v1/invitations', '', {}, '?limit=1&state=open');
	await ask('GET', '/api/v1/invitations/{id}', invitation);
	await ask('GET', '/api/v1/accounts/{sub}', first);
	for (const [template, id] of [['/api/v1/invitations/{id}/revoke', invitation], ['/api/v1/accounts/{sub}/approve', first], ['/api/v1/accounts/{sub}/refuse', second]]) {
		assert.equal((await ask('POST', template, id, { body: {} })).status, 200, template);
		assert.equal((await ask('POST', template, id)).status, 409, template);
	}
	assert.equal((await ask('POST', '/api/v1/accounts/{sub}/end-sessions', first)).status, 200);
	const by = house.portals.claims;
	assert.equal((await ask('GET', '/api/v1/relink-claims', '', { by })).json.items.length, 2);
	assert.equal((await ask('GET', '/api/v1/relink-claims', '', { by }, '?limit=1&state=waiting-decision')).json.items.length, 1);
	assert.equal((await ask('GET', '/api/v1/relink-claims/{id}', claims[0].id, { by })).json.state, 'waiting-decision');
	for (const [template, { id }] of [['/api/v1/relink-claims/{id}/approve', claims[0]], ['/api/v1/relink-claims/{id}/refuse', claims[1]]]) {
		assert.equal((await ask('POST', template, id, { by })).status, 200, template);
		assert.equal((await ask('POST', template, id, { by })).status, 409, template);
	}
	for (const [template, item] of Object.entries(document.paths)) {
		for (const method of Object.keys(item).map((name) => name.toUpperCase())) {
			if (template.endsWith('openapi.json'))
				continue;
			const id = 'nothing';
			await ask(method, template, id, {}, '?no=such');
			await ask(method, template, id, { token: null });
			await ask(method, template, id, { token: 'x' });
			if (template.includes('{'))
				assert.equal((await ask(method, template, id)).status, 404);
			if (method === 'GET')
				continue;
			await ask(method, template, id, { body: '[]' });
			await ask(method, template, id, { body: '{"unknown":1}' });
			await ask(method, template, id, { body: 'a=1', type: 'text/plain' });
			await ask(method, template, id, { body: ' '.repeat(17000) });
			await ask(method, template, id, { headers: { 'idempotency-key': 'first' } });
		}
	}
});

test('too many changes: every change says so', async () => {
	await portal.ownToken();
	for (let round = 0; round < 4; round++) {
		await Promise.all(Array.from({ length: 110 }, () => portal.api('POST', '/api/v1/accounts/nothing/end-sessions')));
		if ((await portal.api('POST', '/api/v1/accounts/nothing/end-sessions')).status === 429)
			break;
	}
	for (const [template, item] of Object.entries(document.paths))
		if (item.post)
			assert.equal((await ask('POST', template, 'nothing')).status, 429, template);
});

test('nothing is declared that was not produced', () => {
	for (const [template, item] of Object.entries(document.paths))
		for (const [method, { responses }] of Object.entries(item))
			for (const status of Object.keys(responses).filter((name) => name !== 'default'))
				assert.ok(produced.has(`${method.toUpperCase()} ${template} ${status}`), `${method} ${template} ${status} was never produced`);
});
