// The differential test: random inputs go to the official engine and to ours, and the
// answers must be the same.
//
//   node oracle.mjs ENGINE [--seed N] [--decisions N] [--keep]
//
// ENGINE is the built tests/oracle/engine.  The seed is the date unless it is given; a
// difference is printed with everything needed to repeat it, and --keep writes it to
// cases/.  Exit 0: no difference; 1: differences; 77: skipped, because the package is missing.
import { createRequire } from 'node:module';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeRandom } from './random.mjs';
import { makeGenerator, quote } from './generate.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const option = (name, other) => { const i = args.indexOf(name); return i < 0 ? other : args[i + 1]; };
const engine = args[0];
const seed = Number(option('--seed', new Date().toISOString().slice(0, 10).replaceAll('-', '')));
const wanted = Number(option('--decisions', 200000));

function skip(why) {
  console.log(`SKIPPED: the differential test did not run: ${why}`);
  process.exit(77);
}
if (!engine || !existsSync(engine)) skip('the engine is not built');
let cedar;
const require = createRequire(join(here, 'x.js'));
const load = () => {
  for (const key of Object.keys(require.cache)) if (key.includes('cedar-wasm')) delete require.cache[key];
  cedar = require('@cedar-policy/cedar-wasm/nodejs');
};
try { load(); } catch { skip('run "npm install" in tests/oracle first'); }
const stringify = JSON.stringify; // exact texts must reach the engine: 64-bit integers, key order
JSON.stringify = (o, ...rest) => (o?.__raw !== undefined ? o.__raw : stringify(o, ...rest));

// ---- both engines
const child = spawn(engine, [], { stdio: ['pipe', 'pipe', 'inherit'] });
const waiting = [];
let buffered = '';
child.stdout.setEncoding('utf8').on('data', (data) => {
  const lines = (buffered + data).split('\n');
  buffered = lines.pop();
  for (const line of lines) waiting.shift()(line);
});
child.on('exit', (code, signal) => { if (waiting.length) { console.log(`FAILED: our engine died (${code ?? signal}) on:\n${last}`); process.exit(1); } });
let last = '';
function ours(command, ...texts) {
  const parts = texts.map((t) => Buffer.from(t));
  last = `${command}\n${texts.join('\n----\n')}`;
  child.stdin.write(`${command} ${parts.map((p) => p.length).join(' ')}\n`);
  for (const part of parts) child.stdin.write(part);
  return new Promise((resolve) => waiting.push((line) => resolve(JSON.parse(line))));
}
const LOST = Symbol('no verdict'); // the official engine ran out of stack
function official(call) {
  try { return call(); } catch (e) {
    if (!(e instanceof RangeError) && !(e instanceof WebAssembly.RuntimeError)) throw e;
    load();
    return LOST;
  }
}

// ---- counting and keeping
const counts = {}, differences = [];
const count = (what, n = 1) => { counts[what] = (counts[what] ?? 0) + n; };
function differ(kind, input, theirs, our) {
  differences.push(kind);
  console.log(`DIFFERENCE ${kind} (seed ${seed})\n${stringify(input, null, 1)}\nofficial: ${stringify(theirs)}\nours:     ${stringify(our)}\n`);
  if (args.includes('--keep')) writeFileSync(join(here, 'cases', `${kind}-${seed}-${differences.length}.json`), stringify({ kind, ...input }, null, 1) + '\n');
}
const sorted = (list) => [...list].sort();
const same = (a, b) => stringify(a) === stringify(b);

// ---- the checks; each takes an input that can be kept as a case
const requestJson = (q) => `{"principal":${quote(q.principalText)},"action":${quote(q.actionText)},"resource":${quote(q.resourceText)},"context":${q.context}}`;
const uidParts = (q) => `"principal":${q.principal},"action":${q.action},"resource":${q.resource},"context":${q.context}`;
const answerOf = (r) => r === LOST ? LOST : r.type === 'failure' ? { refused: r.errors.map((e) => e.message).join('; ') }
  : { decision: r.response.decision, reasons: sorted(r.response.diagnostics.reason), errors: sorted(r.response.diagnostics.errors.map((e) => e.policyId)) };
const sortAnswer = (a) => a.refused === undefined ? { decision: a.decision, reasons: sorted(a.reasons), errors: sorted(a.errors) } : a;
const equalAnswers = (a, b) => a === LOST || (a.refused !== undefined && b.refused !== undefined) || same(a, b);

const checks = {
  // policies: text; entities: JSON text; request: texts
  async decision({ policies, entities, request, unknown, schema, skipValidation }) {
    const schemaPart = schema ? `,"schema":${stringify(schema)},"validateRequest":${!skipValidation}` : '';
    const raw = `{${uidParts(request)},"policies":{"staticPolicies":${stringify(policies)}},"entities":${entities}${schemaPart}}`;
    const theirs = answerOf(official(() => cedar.isAuthorized({ __raw: raw })));
    const our = sortAnswer(await ours('authorize', policies, entities, requestJson(request), schema ?? '', skipValidation ? 'x' : ''));
    if (!equalAnswers(theirs, our)) return [theirs, our];
    if (our.refused !== undefined) count('inputs refused by both');
    else { count('true', our.reasons.length); count('errors', our.errors.length); }
    if (unknown === undefined) return null;
    const partly = sortAnswer(await ours('partial', policies, entities, requestJson(request), String(unknown)));
    return equalAnswers(theirs, partly) ? null : [theirs, { unknown, ...partly }];
  },
  async parse({ text }) {
    const theirs = official(() => cedar.policySetTextToParts(text));
    if (theirs === LOST) return null;
    const our = await ours('parse', text);
    if (theirs.type === 'success') count('mutants accepted');
    return (theirs.type === 'success') === (our.refused === undefined) ? null : [theirs.type === 'success' ? 'accepted' : theirs.errors[0].message, our];
  },
  async print({ text }) {
    const template = text.includes('?principal') || text.includes('?resource');
    const theirs = official(() => (template ? cedar.templateToJson(text) : cedar.policyToJson(text)));
    const our = await ours('print', text);
    if (theirs === LOST || theirs.type !== 'success') return null;
    if (our.refused !== undefined || !our.same) return ['a round trip', our];
    const json = Object.values(template ? our.json.templates : our.json.staticPolicies)[0];
    if (!same(normal(theirs.json), normal(json))) return [normal(theirs.json), normal(json)];
    const again = official(() => (template ? cedar.templateToJson(our.text) : cedar.policyToJson(our.text)));
    return again === LOST || (again.type === 'success' && same(normal(again.json), normal(theirs.json))) ? null : ['the text back', our.text];
  },
  async schema({ text }) {
    const theirs = official(() => cedar.checkParseSchema(text.startsWith('{') ? JSON.parse(text) : text));
    if (theirs === LOST) return null;
    const our = await ours('schema', text);
    if (theirs.type === 'success') count('schemas accepted');
    return (theirs.type === 'success') === (our.refused === undefined) ? null : [theirs.type === 'success' ? 'accepted' : theirs.errors.map((e) => e.message).join('; '), our];
  },
  async validate({ policies, schema }) {
    const theirs = official(() => cedar.validate({ schema: schema.startsWith('{') ? JSON.parse(schema) : schema, policies: { staticPolicies: policies }, validationSettings: { mode: 'strict' } }));
    if (theirs === LOST || theirs.type !== 'success') return null;
    const our = await ours('validate', policies, schema);
    count('validation errors', theirs.validationErrors.length);
    const ids = (list, key) => sorted(new Set(list.map((e) => e[key])));
    const a = { errors: ids(theirs.validationErrors, 'policyId'), never: ids(theirs.validationWarnings.filter((w) => w.error.message.includes('impossible')), 'policyId') };
    const b = our.refused !== undefined ? our : { errors: ids(our.errors, 'policy'), never: ids(our.warnings, 'policy') };
    return same(a, b) ? null : [{ ...a, messages: theirs.validationErrors.map((e) => `${e.policyId}: ${e.error.message}`) }, { ...b, messages: our.errors }];
  },
};
// numbers beyond 2^53 are damaged by JSON here; touching literals of a pattern are one
function normal(j) {
  if (Array.isArray(j)) {
    const out = [];
    for (const item of j.map(normal)) {
      const before = out[out.length - 1];
      if (item?.Literal !== undefined && before?.Literal !== undefined) before.Literal += item.Literal;
      else out.push(item);
    }
    return out;
  }
  if (j && typeof j === 'object') return Object.fromEntries(Object.keys(j).sort().map((k) => [k, normal(j[k])]));
  return typeof j === 'number' && Math.abs(j) > 2 ** 53 ? Math.sign(j) : j;
}
async function check(kind, input) {
  const difference = await checks[kind](input);
  if (difference) differ(kind, input, ...difference);
  return !difference;
}

// ---- random runs
const r = makeRandom(seed);
const g = makeGenerator(r);
const makeRequest = (q = g.request()) => {
  const part = (name) => ({ [name]: g.uidJson(q[name]), [`${name}Text`]: g.uidText(q[name]) });
  return { ...part('principal'), ...part('action'), ...part('resource'), context: q.context };
};
// Many expressions in one call; on a difference each is tried alone.
async function expressions(n) {
  const entities = g.entities(), request = makeRequest();
  const list = r.many(n, n, () => `permit(principal, action, resource) when { ${g.bool(3)} };`);
  count('decisions', n);
  count('expressions', n);
  if (!(await checks.decision({ policies: list.join('\n'), entities, request }))) return;
  for (const policies of list) await check('decision', { policies, entities, request });
}
async function policySets() {
  const entities = g.entities(), policies = r.many(1, 25, () => g.policy(2)).join('\n');
  for (let i = 0; i < 4; i++) {
    const input = { policies, entities, request: makeRequest(), unknown: r.below(16) };
    await check('decision', input);
    count('decisions');
    count('partial decisions');
  }
}
async function texts() {
  const policy = g.policy(2, r.chance(0.2));
  for (let i = 0; i < 12; i++) await check('parse', { text: g.mutate(policy) });
  await check('print', { text: policy });
  count('mutated texts', 12);
  count('printed policies');
}
async function schemas() {
  const text = g.schema();
  await check('schema', { text: r.chance(0.5) ? g.mutate(text) : text });
  count('schemas');
  const policies = r.many(10, 30, () => g.policy(2)).join('\n');
  await check('validate', { policies, schema: text });
  count('validations', policies.split('\n').length);
  const json = official(() => cedar.schemaToJson(text));
  if (json === LOST || json.type !== 'success') return;
  await check('validate', { policies, schema: stringify(json.json) });
  for (let i = 0; i < 5; i++) {
    const { entities, request } = g.conforming(json.json);
    await check('decision', { policies, entities, request: makeRequest(request), schema: text, skipValidation: r.chance(0.3) });
    count('decisions with a schema');
  }
}

const started = Date.now();
for (const file of readdirSync(join(here, 'cases')).filter((f) => f.endsWith('.json')).sort()) {
  const { kind, ...input } = JSON.parse(readFileSync(join(here, 'cases', file), 'utf8'));
  if (!(await check(kind, input))) console.log(`the kept case ${file} differs again`);
  count('kept cases');
}
while ((counts.decisions ?? 0) < wanted && differences.length < 20) {
  await expressions(500);
  for (let i = 0; i < 6; i++) await policySets();
  for (let i = 0; i < 8; i++) await texts();
  for (let i = 0; i < 4; i++) await schemas();
}
child.stdin.end();
console.log(`seed ${seed}, ${((Date.now() - started) / 1000).toFixed(1)} s: ${Object.entries(counts).map(([k, v]) => `${v} ${k}`).join(', ')}`);
console.log(differences.length ? `${differences.length} differences` : 'no difference');
process.exit(differences.length ? 1 : 0);
