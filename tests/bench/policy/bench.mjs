// The policy engine beside the official one, on the same inputs:
//
//   node tests/bench/policy/bench.mjs BENCH_POLICY [sizes...]
//
// BENCH_POLICY is the built bench_policy.  The official engine is the npm package of
// tests/oracle, with its policies parsed beforehand; without the package its column is
// empty.  Inputs are those of a firm: people in roles, clients in portfolios.  The first line is
// the policy of a new vault, policy/default.cedar.
//
// The official package takes the entities anew with every call; "from JSON" is what that costs
// us, and "times from JSON" is the ratio where both do the same work.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const entities = [
  ...Array.from({ length: 20 }, (_, i) => ({ uid: { type: 'User', id: `u${i}` }, attrs: { active: i !== 3, portfolios: [`p${i % 4}`] }, parents: [{ type: 'Role', id: i % 5 ? 'staff' : 'admins' }] })),
  ...Array.from({ length: 20 }, (_, i) => ({ uid: { type: 'Client', id: `c${i}` }, attrs: { compartments: ['books', 'bank'] }, parents: [{ type: 'Portfolio', id: `p${i % 4}` }] })),
  { uid: { type: 'Role', id: 'admins' }, attrs: {}, parents: [] }, { uid: { type: 'Role', id: 'staff' }, attrs: {}, parents: [] }];
const requests = Array.from({ length: 20 }, (_, i) => ({ principal: { type: 'User', id: `u${i}` }, action: { type: 'Action', id: i % 4 ? 'read' : 'reveal' }, resource: { type: 'Client', id: `c${(i * 7) % 20}` },
  context: { purpose: 'tax return', reads_last_hour: i * 10, source: { __extn: { fn: 'ip', arg: '10.0.0.7' } }, approvals: 0, hour: 9 } }));

// the vault's own: records and clients of a portfolio, some assigned, and what a day asks of them
const uid = (type, id) => ({ type, id });
const assigned = (i) => ({ assignees: [{ __entity: uid('User', `u${i % 20}`) }, { __entity: uid('User', `u${(i + 1) % 20}`) }], frozen: i % 10 === 9 });
const vaultEntities = [
  ...Array.from({ length: 20 }, (_, i) => ({ uid: uid('User', `u${i}`), attrs: {}, parents: [uid('Role', ['accountant', 'accountant', 'accountant', 'admin', 'investigator'][i % 5])] })),
  ...['accountant', 'admin', 'investigator'].map((id) => ({ uid: uid('Role', id), attrs: {}, parents: [] })),
  ...Array.from({ length: 10 }, (_, i) => ({ uid: uid('Client', `c${i}`), attrs: assigned(i), parents: [uid('Portfolio', 'main')] })),
  ...Array.from({ length: 10 }, (_, i) => ({ uid: uid('Record', `r${i}`), attrs: { kind: 'voucher', compartment: 'books', period: '2026-03', ...assigned(i) }, parents: [uid('Client', `c${i}`)] })),
  { uid: uid('Portfolio', 'main'), attrs: { roles: [{ __entity: uid('Role', 'accountant') }] }, parents: [] }];
const vaultRequests = Array.from({ length: 20 }, (_, i) => ({ principal: uid('User', `u${(i * 3) % 20}`), action: uid('Action', ['record.read', 'record.read', 'record.reveal', 'record.export', 'log.replay'][i % 5]),
  resource: i % 5 === 4 ? uid('Log', 'log') : i % 5 === 3 ? uid('Client', `c${(i * 3) % 10}`) : uid('Record', `r${(i * 3) % 10}`),
  context: { purpose: { code: 'tax', reference: '2026-03' }, time: { __extn: { fn: 'datetime', arg: '2026-03-02T08:00:00Z' } }, source: { host: 'desk', kind: 'command' }, hour: i, day: i * 3, approvals: [] } }));
const groups = ['record.list', 'record.export', 'record.read', 'record.history', 'record.correct', 'record.reveal', 'record.search', 'record.import', 'client.list', 'client.show']
  .map((id) => ({ uid: uid('Action', id), attrs: {}, parents: [uid('Action', 'client.work')] }));

// milliseconds of processor time: both engines are measured by it, so that others on the machine matter less
const spent = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
function official(policies, entities, requests, n) {
  if (!cedar) return null;
  if (cedar.preparsePolicySet(`set${n}`, { staticPolicies: policies }).type !== 'success') throw new Error('the official engine refuses the policies');
  const calls = requests.map((q) => ({ ...q, preparsedPolicySetId: `set${n}`, entities }));
  const allowed = calls.filter((call) => cedar.statefulIsAuthorized(call).response.decision === 'allow').length;
  const rates = [];
  for (let round = 0; round < 5; round++) {
    const start = spent();
    let passes = 0;
    do { for (const call of calls) cedar.statefulIsAuthorized(call); passes++; } while (spent() - start < 600);
    rates.push((passes * calls.length * 1000) / (spent() - start));
  }
  return { rate: rates.sort((a, b) => a - b)[2], allowed };
}

const dir = mkdtempSync(join(tmpdir(), 'bench-policy-'));
console.log('| policies | parse MB/s | decision µs | decisions/s | from JSON µs | one candidate of a list µs | official decisions/s | times | times from JSON |\n|---|---|---|---|---|---|---|---|---|');
function line(name, policies, entities, requests) {
  const text = (u) => `${u.type}::${JSON.stringify(u.id)}`;
  writeFileSync(join(dir, 'p.cedar'), policies);
  writeFileSync(join(dir, 'e.json'), JSON.stringify(entities));
  writeFileSync(join(dir, 'q.jsonl'), requests.map((q) => JSON.stringify({ ...q, principal: text(q.principal), action: text(q.action), resource: text(q.resource) })).join('\n'));
  const ours = JSON.parse(execFileSync(engine, ['p.cedar', 'e.json', 'q.jsonl'].map((f) => join(dir, f)), { encoding: 'utf8' }));
  const theirs = official(policies, entities, requests, name);
  if (theirs && theirs.allowed !== ours.allowed) throw new Error(`the engines disagree: ${theirs.allowed} and ${ours.allowed} of ${requests.length} allowed`);
  const rate = 1e6 / ours.decision_us, times = (r) => (theirs ? Math.round(r / theirs.rate) : '');
  console.log(`| ${name || ours.policies} | ${ours.parse_mb_s} | ${ours.decision_us} | ${Math.round(rate)} | ${ours.from_json_us} | ${ours.residual_us} | ${theirs ? Math.round(theirs.rate) : ''} | ${times(rate)} | ${times(1e6 / ours.from_json_us)} |`);
}
const defaults = readFileSync(join(here, '../../../policy/default.cedar'), 'utf8');
line(`default.cedar, ${defaults.match(/^(permit|forbid)/gm).length}`, defaults, [...vaultEntities, ...groups], vaultRequests);
for (const n of sizes.length ? sizes : [10, 1000, 10000]) line(String(n), policiesOf(n), entities, requests);
rmSync(dir, { recursive: true });
