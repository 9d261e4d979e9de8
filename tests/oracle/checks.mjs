// What is compared.  Each check takes an input that can be kept as a case, and gives null, or both answers if they
// differ.  Messages are never compared: only what was decided, by which policies, and what was refused.
import { LOST, raw, stringify } from './engines.mjs';
import { quote } from './generate.mjs';

const sorted = (list) => [...list].sort();
const same = (a, b) => stringify(a) === stringify(b);
const messages = (errors) => errors.map((e) => e.message).join('; ');
const isTemplate = (text) => text.includes('?principal') || text.includes('?resource');

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

const requestJson = (q) => `{"principal":${quote(q.principalText)},"action":${quote(q.actionText)},"resource":${quote(q.resourceText)},"context":${q.context}}`;
const uidParts = (q) => `"principal":${q.principal},"action":${q.action},"resource":${q.resource},"context":${q.context}`;
const officialAnswer = (a) => (a === LOST ? LOST : a.type === 'failure' ? { refused: messages(a.errors) }
  : { decision: a.response.decision, reasons: sorted(a.response.diagnostics.reason), errors: sorted(a.response.diagnostics.errors.map((e) => e.policyId)) });
const ourAnswer = (a) => (a.refused !== undefined ? a : { decision: a.decision, reasons: sorted(a.reasons), errors: sorted(a.errors) });
const equalAnswers = (a, b) => a === LOST || (a.refused !== undefined && b.refused !== undefined) || same(a, b);
const schemaPart = (schema, skip) => (schema ? `,"schema":${schema.startsWith('{') ? schema : stringify(schema)},"validateRequest":${!skip}` : '');
const unknownParts = ['principal', 'action', 'resource'];

export function makeChecks(official, ours, count) {
  const accepted = (theirs, our, what) => {
    if (theirs === LOST) return null;
    const yes = theirs.type === 'success';
    if (yes) count(`${what} accepted`);
    // its JSON reader takes a list of members in their order for an object: {"User": []}
    if (yes && /must be an object, not an array|expected .* got an array/.test(our.refused)) { count('lists taken for objects'); return null; }
    return yes === (our.refused === undefined) ? null : [yes ? 'accepted' : messages(theirs.errors), our];
  };
  const tally = (our) => {
    if (our.refused !== undefined) return count('inputs refused by both');
    count('allowed', our.decision === 'allow' ? 1 : 0);
    count('determining policies', our.reasons.length);
    return count('errors', our.errors.length);
  };
  const checks = {
    // policies: text; entities: JSON text; request: texts
    async decision({ policies, entities, request, unknown, schema, skipValidation }) {
      const asked = ours('authorize', policies, entities, requestJson(request), schema ?? '', skipValidation ? 'x' : '');
      const theirs = officialAnswer(official('isAuthorized', raw(`{${uidParts(request)},"policies":{"staticPolicies":${stringify(policies)}},"entities":${entities}${schemaPart(schema, skipValidation)}}`)));
      const our = ourAnswer(await asked);
      if (!equalAnswers(theirs, our)) return [theirs, our];
      tally(our);
      if (unknown === undefined) return null;
      const partly = ourAnswer(await ours('partial', policies, entities, requestJson(request), String(unknown)));
      return equalAnswers(theirs, partly) ? null : [theirs, { unknown, ...partly }];
    },
    // Many requests to one set, which the official engine parses once.  Gives the inputs that differ.
    async requests({ policies, asked }) {
      if (official('preparsePolicySet', 'requests', { staticPolicies: policies }).type !== 'success') return [];
      const answers = asked.map(({ entities, request }) => ours('authorize', policies, entities, requestJson(request), '', ''));
      const different = [];
      for (const [i, { entities, request }] of asked.entries()) {
        const answer = official('statefulIsAuthorized', raw(`{${uidParts(request)},"preparsedPolicySetId":"requests","entities":${entities}}`));
        const our = ourAnswer(await answers[i]);
        if (!equalAnswers(officialAnswer(answer), our)) different.push({ policies, entities, request });
        else tally(our);
      }
      return different;
    },
    // parts: [{id, text}], links: [{templateId, newId, values: {slot: [type, id]}}]; the id is an @id or the place
    async templates({ parts, links, entities, request }) {
      const byId = (list) => `{${list.map(({ id, text }) => `${quote(id)}:${quote(text)}`).join()}}`;
      const uid = ([type, id]) => `{"type":${quote(type)},"id":${quote(id)}}`;
      const slots = (values, write) => `{${Object.entries(values).map(([slot, u]) => `${quote(slot)}:${write(u)}`).join()}}`;
      const theirLinks = links.map((l) => `{"templateId":${quote(l.templateId)},"newId":${quote(l.newId)},"values":${slots(l.values, uid)}}`);
      const ourLinks = links.map((l) => `{"template_id":${quote(l.templateId)},"link_id":${quote(l.newId)},"args":${slots(l.values, ([type, id]) => quote(`${type}::${quote(id)}`))}}`);
      const policies = `{"staticPolicies":${byId(parts.filter((p) => !isTemplate(p.text)))},"templates":${byId(parts.filter((p) => isTemplate(p.text)))},"templateLinks":[${theirLinks.join()}]}`;
      const our = ourAnswer(await ours('authorize', parts.map((p) => p.text).join('\n'), entities, requestJson(request), '', '', `[${ourLinks.join()}]`));
      if (new Set(parts.map((p) => p.id)).size < parts.length) return our.refused !== undefined ? null : ['an id twice is refused', our];
      const theirs = officialAnswer(official('isAuthorized', raw(`{${uidParts(request)},"policies":${policies},"entities":${entities}}`)));
      if (!equalAnswers(theirs, our)) return [theirs, our];
      tally(our);
      return null;
    },
    // What holds of any policies, whoever decides: their order never matters, a permit more never denies nor breaks
    // another, a forbid more never allows.
    async properties({ parts, extra, entities, request }) {
      const named = parts.map((text, i) => `@id("p${i}") ${text}`);
      const decide = async (list) => ourAnswer(await ours('authorize', list.join('\n'), entities, requestJson(request), '', ''));
      const before = await decide(named), turned = await decide([...named].reverse());
      if (!same(before, turned)) return ['the same in any order', [before, turned]];
      const after = await decide([...named, `@id("extra") ${extra}`]), others = { ...after, errors: after.errors?.filter((id) => id !== 'extra') };
      if (before.refused !== undefined || !same(before.errors, others.errors)) return ['the same errors', [before, after]];
      const worse = /^permit\(/m.test(extra) ? before.decision === 'allow' && after.decision === 'deny' : before.decision === 'deny' && after.decision === 'allow';
      return worse ? ['no permit that denies, no forbid that allows', [before, after]] : null;
    },
    // The official partial evaluation may be less or more exact than ours, but never say the opposite.
    async partial({ policies, entities, request, unknown }) {
      const part = (name, i) => `"${name}":${unknown & (1 << i) ? 'null' : request[name]}`;
      const theirs = official('isAuthorizedPartial', raw(`{${unknownParts.map(part).join()},"context":${request.context},"policies":{"staticPolicies":${stringify(policies)}},"entities":${entities}}`));
      const our = await ours('verdict', policies, entities, requestJson(request), String(unknown));
      if (theirs === LOST || theirs.type === 'failure' || our.refused !== undefined) return theirs === LOST || (theirs.type === 'failure') === (our.refused !== undefined) ? null : [theirs, our];
      const wanted = { allow: 'always', deny: 'never' }[theirs.response.decision] ?? 'depends';
      if (wanted === our.verdict) count(`partial: both ${wanted}`);
      else count(wanted === 'depends' ? 'partial: ours more exact' : 'partial: theirs more exact');
      return wanted === our.verdict || wanted === 'depends' || our.verdict === 'depends' ? null : [theirs, our];
    },
    async parse({ text }) {
      return accepted(official('policySetTextToParts', text), await ours('parse', text), 'mutants');
    },
    // text to JSON and back, on both sides, and through the official formatter
    async print({ text }) {
      const toJson = isTemplate(text) ? 'templateToJson' : 'policyToJson';
      const jsonOf = (our) => Object.values(isTemplate(text) ? our.json.templates : our.json.staticPolicies)[0];
      const theirs = official(toJson, text), our = await ours('print', text);
      if (theirs === LOST || theirs.type !== 'success') return null;
      if (our.refused !== undefined || !our.same) return ['a round trip', our];
      if (!same(normal(theirs.json), normal(jsonOf(our)))) return [normal(theirs.json), normal(jsonOf(our))];
      const again = official(toJson, our.text);
      if (again !== LOST && !(again.type === 'success' && same(normal(again.json), normal(theirs.json)))) return ['the text back', our.text];
      const formatted = official('formatPolicies', { policyText: text });
      if (formatted === LOST || formatted.type !== 'success') return null;
      const read = await ours('print', formatted.formatted_policy);
      count('officially formatted policies read');
      return read.refused === undefined && same(normal(jsonOf(read)), normal(theirs.json)) ? null : [formatted.formatted_policy, read];
    },
    // policies in JSON
    async est({ json }) {
      const slots = json.includes('"slot":"?');
      const theirs = official(slots ? 'templateToText' : 'policyToText', raw(json)), our = await ours('unjson', json);
      const difference = accepted(theirs, our, 'policies in JSON');
      if (theirs === LOST || theirs.type !== 'success') return difference;
      // it also takes what it then writes as text that it cannot read: isIpv4(), nope("x"), has a."b c"
      if (official('checkParsePolicySet', { [slots ? 'templates' : 'staticPolicies']: { x: theirs.text } }).type !== 'success') { count('accepted, but not as text'); return null; }
      if (difference || our.refused !== undefined) return difference;
      const back = await ours('print', theirs.text);
      const list = (answer) => [...Object.values(answer.json.staticPolicies), ...Object.values(answer.json.templates)].map(normal);
      return back.refused === undefined && our.same && same(list(back), list(our)) ? null : [theirs.text, our];
    },
    async schema({ text }) {
      return accepted(official('checkParseSchema', text.startsWith('{') ? raw(text) : text), await ours('schema', text), 'schemas');
    },
    async entities({ entities, schema }) {
      const theirs = official('checkParseEntities', raw(`{"entities":${entities}${schema ? `,"schema":${schema.startsWith('{') ? schema : stringify(schema)}` : ''}}`));
      return accepted(theirs, await ours('entities', entities, schema ?? ''), 'entities');
    },
    async validate({ policies, schema }) {
      const theirs = official('validate', raw(`{"schema":${schema.startsWith('{') ? schema : stringify(schema)},"policies":{"staticPolicies":${stringify(policies)}},"validationSettings":{"mode":"strict"}}`));
      if (theirs === LOST || theirs.type !== 'success') return null;
      const our = await ours('validate', policies, schema);
      count('validation errors', theirs.validationErrors.length);
      const ids = (list, key) => sorted(new Set(list.map((e) => e[key])));
      const a = { errors: ids(theirs.validationErrors, 'policyId'), never: ids(theirs.validationWarnings.filter((w) => w.error.message.includes('impossible')), 'policyId') };
      const b = our.refused !== undefined ? our : { errors: ids(our.errors, 'policy'), never: ids(our.warnings, 'policy') };
      return same(a, b) ? null : [{ ...a, messages: theirs.validationErrors.map((e) => `${e.policyId}: ${e.error.message}`) }, { ...b, messages: our.errors }];
    },
    // templates one by one, as the official call wants them under their ids
    async validateTemplate({ text, schema }) {
      const theirs = official('validate', raw(`{"schema":${stringify(schema)},"policies":{"templates":{"policy0":${stringify(text)}}},"validationSettings":{"mode":"strict"}}`));
      const our = await ours('validate', text, schema);
      if (theirs === LOST || theirs.type !== 'success') return null;
      return (theirs.validationErrors.length === 0) === (our.valid === true) ? null : [theirs.validationErrors, our];
    },
  };
  return checks;
}
