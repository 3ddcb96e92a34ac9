/* claims.mjs - claims to older accounts of a portal, put into the store beside the daemon (open_claims.c), for stories of what becomes of them. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { build } from './house.mjs';

/* -> [{ id, claimed, claimant }], the latter two as subs */
export function openClaims(house, portal, count) {
	const said = execFileSync(path.join(build, 'tests/story/open_claims'), [house.file, portal.id, String(count)], { encoding: 'utf8', env: { ...process.env, ...house.clock.env } });
	return said.trim().split('\n').map((line) => line.split(' ')).map(([id, claimed, claimant]) => ({ id, claimed, claimant }));
}
