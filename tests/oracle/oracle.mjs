// The differential test: random inputs go to the official engine and to ours, and the
// answers must be the same.
//
//   node oracle.mjs ENGINE [--seed N] [--decisions N] [--keep]
//
// ENGINE is the built tests/oracle/engine.  The seed is the date unless it is given; a
// difference is printed with everything needed to repeat it, and --keep writes it to
// cases/.  Exit 0: no difference; 1: differences; 77: skipped, because the package is missing.
//
// A decision is one request answered by both engines.  An expression is one policy of its own
// among hundreds in one request; it is counted apart.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadOfficial, LOST, raw, startOurs, stringify } from './engines.mjs';
import { makeChecks } from './checks.mjs';
import { makeRandom } from './random.mjs';
import { makeGenerator, quote } from './generate.mjs';
import { makeMutator } from './mutate.mjs';

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
let official;
try { official = loadOfficial(here).call; } catch { skip('run "npm install" in tests/oracle first'); }
const ours = startOurs(engine);

// ---- counting and keeping
const counts = {}, differences = [];
const count = (what, n = 1) => { counts[what] = (counts[what] ?? 0) + n; };
function differ(kind, input, theirs, our) {
  differences.push(kind);
  console.log(`DIFFERENCE ${kind} (seed ${seed})\n${stringify(input, null, 1)}\nofficial: ${stringify(theirs)}\nours:     ${stringify(our)}\n`);
  if (args.includes('--keep')) writeFileSync(join(here, 'cases', `${kind}-${seed}-${differences.length}.json`), stringify({ kind, ...input }, null, 1) + '\n');
}
const checks = makeChecks(official, ours.ask, count);
async function check(kind, input) {
  const difference = await checks[kind](input);
  if (difference) differ(kind, input, ...difference);
  return !difference;
}

// ---- random runs
const r = makeRandom(seed);
const m = makeMutator(r);
const g = makeGenerator(r, m);
const makeRequest = (q = g.request()) => {
  const part = (name) => ({ [name]: g.uidJson(q[name]), [`${name}Text`]: g.uidText(q[name]) });
  return { ...part('principal'), ...part('action'), ...part('resource'), context: q.context };
};
// Many expressions in one call; on a difference each is tried alone.
async function expressions(n = 300, make = () => g.bool(3)) {
  const entities = g.entities(), request = makeRequest();
  const list = r.many(n, n, () => `permit(principal, action, resource) when { ${make()} };`);
  count('decisions');
  count('expressions', n);
  if (!(await checks.decision({ policies: list.join('\n'), entities, request }))) return;
  for (const policies of list) await check('decision', { policies, entities, request });
}
const constructors = () => expressions(300, m.aboutConstructor);
async function requests(n = 40) {
  const policies = r.many(1, 20, () => g.policy(2)).join('\n'), entities = [g.entities(true), g.entities(true), g.entities(true)];
  const asked = r.many(n, n, () => ({ entities: r.pick(entities), request: makeRequest(g.request(true)) }));
  for (const input of await checks.requests({ policies, asked })) await check('decision', input);
  count('decisions', n);
}
async function policySets() {
  const entities = g.entities(), policies = r.many(1, 25, () => g.policy(2)).join('\n');
  for (let i = 0; i < 4; i++) {
    const input = { policies, entities, request: makeRequest(), unknown: r.below(16) };
    await check('decision', input);
    await check('partial', { ...input, unknown: 1 + r.below(7) });
    count('decisions');
    count('partial decisions');
  }
}
async function properties() {
  const parts = r.many(1, 12, () => g.policy(2));
  await check('properties', { parts, extra: g.policy(2), entities: g.entities(true), request: makeRequest() });
  count('properties');
}
async function templates() {
  const parts = r.many(1, 5, (i) => {
    const text = g.policy(1, r.chance(0.7));
    const id = r.chance(0.3) ? r.pick(['x', 'y', '', `policy${r.below(3)}`, '名']) : null;
    return { id: id ?? `policy${i}`, text: (id === null ? '' : `@id(${m.literal(id)}) `) + text };
  });
  const slotsOf = (text) => ['?principal', '?resource'].filter((slot) => text?.includes(slot) !== r.chance(0.03));
  const links = r.many(0, 5, (i) => {
    const of = r.pick(parts);
    return { templateId: r.chance(0.97) ? of.id : 'nope', newId: r.chance(0.96) ? `link${i}` : r.pick(['policy0', 'link0', 'x']), values: Object.fromEntries(slotsOf(of.text).map((slot) => [slot, g.anyUid()])) };
  }).filter((l) => r.chance(0.2) || parts.some((p) => p.id === l.templateId && p.text.includes('?')));
  await check('templates', { parts, links, entities: g.entities(true), request: makeRequest() });
  count('decisions');
  count('sets with templates');
}
async function texts() {
  const policy = g.policy(2, r.chance(0.2));
  for (let i = 0; i < 12; i++) await check('parse', { text: m.tokens(policy) });
  await check('print', { text: policy });
  count('mutated texts', 12);
  count('printed policies');
  const made = official(policy.includes('?') ? 'templateToJson' : 'policyToJson', policy);
  if (made === LOST || made.type !== 'success') return;
  for (let i = 0; i < 6; i++) await check('est', { json: stringify(i ? m.est(made.json) : made.json) });
  count('policies in JSON', 6);
}
async function data(schema) {
  const whole = schema ? g.conforming(schema).entities : g.entities(true), json = JSON.parse(whole);
  const schemaText = schema ? stringify(schema) : '';
  await check('entities', { entities: whole, schema: schemaText });
  for (let i = 0; i < 6 && json.length; i++) await check('entities', { entities: stringify(m.entities(json)), schema: schemaText });
  count('entities', 7);
}
async function schemas() {
  const text = g.schema();
  await check('schema', { text: r.chance(0.5) ? m.tokens(text) : text });
  count('schemas');
  const policies = r.many(10, 30, () => g.policy(2)).join('\n');
  await check('validate', { policies, schema: text });
  count('validations', policies.split(';\n').length);
  await check('validateTemplate', { text: g.policy(1, true), schema: text });
  const json = official('schemaToJson', text);
  if (json === LOST || json.type !== 'success') return;
  await check('validate', { policies, schema: stringify(json.json) });
  for (let i = 0; i < 4; i++) await check('schema', { text: stringify(m.schema(json.json)) });
  count('schemas', 4);
  for (let i = 0; i < 5; i++) {
    const { entities, request } = g.conforming(json.json);
    await check('decision', { policies, entities, request: makeRequest(request), schema: text, skipValidation: r.chance(0.3) });
    count('decisions');
    count('decisions with a schema');
  }
  await data(json.json);
}

const started = Date.now();
for (const file of readdirSync(join(here, 'cases')).filter((f) => f.endsWith('.json')).sort()) {
  const { kind, ...input } = JSON.parse(readFileSync(join(here, 'cases', file), 'utf8'));
  if (!(await check(kind, input))) console.log(`the kept case ${file} differs again`);
  count('kept cases');
}
const round = [[1, expressions], [1, constructors], [25, requests], [4, policySets], [20, properties], [10, templates], [8, texts], [2, data], [3, schemas]], spent = {};
while ((counts.decisions ?? 0) < wanted && differences.length < 20) {
  for (const [times, run] of round) {
    const at = performance.now();
    for (let i = 0; i < times; i++) await run();
    spent[run.name] = (spent[run.name] ?? 0) + performance.now() - at;
  }
}
ours.end();
if (args.includes('--times')) console.log(Object.entries(spent).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`).join(', '));
console.log(`seed ${seed}, ${((Date.now() - started) / 1000).toFixed(1)} s: ${Object.entries(counts).map(([k, v]) => `${v} ${k}`).join(', ')}`);
console.log(differences.length ? `${differences.length} differences` : 'no difference');
process.exit(differences.length ? 1 : 0);
