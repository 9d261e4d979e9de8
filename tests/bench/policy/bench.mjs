// The policy engine beside the official one, on the same inputs:
//
//   node tests/bench/policy/bench.mjs BENCH_POLICY [sizes...]
//
// BENCH_POLICY is the built bench_policy.  The official engine is the npm package of
// tests/oracle, with its policies parsed beforehand; without the package its column is
// empty.  Inputs are those of a firm: people in roles, clients in portfolios.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const engine = process.argv[2];
const sizes = process.argv.slice(3).map(Number);
let cedar = null;
try { cedar = createRequire(join(here, '../../oracle/x.js'))('@cedar-policy/cedar-wasm/nodejs'); } catch { console.log('the official engine is not installed: its column stays empty'); }

const general = `permit(principal in Role::"staff", action in [Action::"read", Action::"list"], resource is Client) when { context.purpose != "" && principal.active };
permit(principal in Role::"payroll", action == Action::"reveal", resource is Client) when { context.purpose == "payroll" && resource.compartments.contains("payroll") };
permit(principal in Role::"admins", action in [Action::"grant", Action::"revoke"], resource is User) unless { principal == resource };
permit(principal in Role::"investigators", action == Action::"replay", resource is Log);
permit(principal, action == Action::"read", resource in Portfolio::"p1") when { principal.portfolios.contains("p1") };
forbid(principal, action, resource) unless { principal.active };
forbid(principal, action in [Action::"read", Action::"reveal"], resource is Client) when { context.reads_last_hour > 500 };
forbid(principal, action == Action::"reveal", resource is Client) unless { context.source.isInRange(ip("10.0.0.0/8")) };
forbid(principal in Role::"admins", action in [Action::"read", Action::"reveal"], resource is Client);
forbid(principal, action == Action::"export", resource is Client) when { context.approvals < 2 || principal has suspended };
`;
// one rule a client for the rest: who serves it, in which hours
const own = (i) => `permit(principal == User::"u${i % 200}", action == Action::"read", resource == Client::"c${i}") when { context.hour >= ${6 + (i % 3)} && context.hour < 20 };\n`;
const policiesOf = (n) => general + Array.from({ length: Math.max(0, n - 10) }, (_, i) => own(i)).join('');
const entities = JSON.stringify([
  ...Array.from({ length: 20 }, (_, i) => ({ uid: { type: 'User', id: `u${i}` }, attrs: { active: i !== 3, portfolios: [`p${i % 4}`] }, parents: [{ type: 'Role', id: i % 5 ? 'staff' : 'admins' }] })),
  ...Array.from({ length: 20 }, (_, i) => ({ uid: { type: 'Client', id: `c${i}` }, attrs: { compartments: ['books', 'bank'] }, parents: [{ type: 'Portfolio', id: `p${i % 4}` }] })),
  { uid: { type: 'Role', id: 'admins' }, attrs: {}, parents: [] }, { uid: { type: 'Role', id: 'staff' }, attrs: {}, parents: [] }]);
const requests = Array.from({ length: 20 }, (_, i) => ({ principal: { type: 'User', id: `u${i}` }, action: { type: 'Action', id: i % 4 ? 'read' : 'reveal' }, resource: { type: 'Client', id: `c${(i * 7) % 20}` },
  context: { purpose: 'tax return', reads_last_hour: i * 10, source: { __extn: { fn: 'ip', arg: '10.0.0.7' } }, approvals: 0, hour: 9 } }));

function official(policies, n) {
  if (!cedar) return null;
  if (cedar.preparsePolicySet(`set${n}`, { staticPolicies: policies }).type !== 'success') throw new Error('the official engine refuses the policies');
  const calls = requests.map((q) => ({ ...q, preparsedPolicySetId: `set${n}`, entities: JSON.parse(entities) }));
  const allowed = calls.filter((call) => cedar.statefulIsAuthorized(call).response.decision === 'allow').length;
  const rates = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    let passes = 0;
    do { for (const call of calls) cedar.statefulIsAuthorized(call); passes++; } while (performance.now() - start < 600);
    rates.push((passes * calls.length * 1000) / (performance.now() - start));
  }
  return { rate: rates.sort((a, b) => a - b)[2], allowed };
}

const dir = mkdtempSync(join(tmpdir(), 'bench-policy-'));
console.log('| policies | parse MB/s | decision µs | decisions/s | one candidate of a list µs | official decisions/s | times |\n|---|---|---|---|---|---|---|');
for (const n of sizes.length ? sizes : [10, 1000, 10000]) {
  const policies = policiesOf(n);
  writeFileSync(join(dir, 'p.cedar'), policies);
  writeFileSync(join(dir, 'e.json'), entities);
  writeFileSync(join(dir, 'q.jsonl'), requests.map((q) => JSON.stringify({ ...q, principal: `User::"${q.principal.id}"`, action: `Action::"${q.action.id}"`, resource: `Client::"${q.resource.id}"` })).join('\n'));
  const ours = JSON.parse(execFileSync(engine, ['p.cedar', 'e.json', 'q.jsonl'].map((f) => join(dir, f)), { encoding: 'utf8' }));
  const theirs = official(policies, n);
  if (theirs && theirs.allowed !== ours.allowed) throw new Error(`the engines disagree: ${theirs.allowed} and ${ours.allowed} of ${requests.length} allowed`);
  const rate = 1e6 / ours.decision_us;
  console.log(`| ${ours.policies} | ${ours.parse_mb_s} | ${ours.decision_us} | ${Math.round(rate)} | ${ours.residual_us} | ${theirs ? Math.round(theirs.rate) : ''} | ${theirs ? Math.round(rate / theirs.rate) : ''} |`);
}
rmSync(dir, { recursive: true });
