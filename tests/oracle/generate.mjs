// Random entities, requests, expressions, policies and schemas over one small world, in
// which most expressions have the right types and names are often the same.
export const quote = JSON.stringify;

const LONGS = ['0', '1', '-1', '2', '7', '42', '9223372036854775807', '-9223372036854775808', '4611686018427387904', '-3'];
const STRINGS = ['', 'a', 'ab', 'abc', 'a*b', '*', 'x y', 'é', 'e\u0301', '日本', '\u{1F600}', 'A', 'aab', 'long string with words', 'q"uo\\te\'', 'two\nlines\0', 't'];
const DECIMALS = ['1.0', '1.00', '0.0001', '-0.5', '922337203685477.5807', '-922337203685477.5808', '12.34'];
const BAD_DECIMALS = ['1', '1.', '.5', '1.00000', '922337203685477.5808', 'x', '+1.0', ' 1.0'];
const IPS = ['127.0.0.1', '10.0.0.0/8', '10.1.2.3', '::1', 'ff00::/8', '192.168.0.1/24', '0.0.0.0/0', '2001:db8::1', '224.0.0.5', '::/0',
  'fe80::1/64', '1:2:3:4:5:6:7:8'];
const BAD_IPS = ['1.2.3', '01.2.3.4', '::1::', '1.2.3.4/33', '::ffff:1.2.3.4', '', '1.2.3.4/08', '[::1]', ':1', '12345::'];
const DATETIMES = ['1970-01-01', '2024-02-29', '2024-01-01T00:00:00Z', '2024-01-01T01:00:00+0100', '0000-01-01', '9999-12-31T23:59:59.999Z',
  '1969-12-31T23:59:59.001Z', '2026-11-23T17:00:00.000-0530'];
const BAD_DATETIMES = ['2023-02-29', '2024-01-01T00:00:00', '2024-1-1', '2024-01-01T24:00:00Z', '2024-01-01T00:00:60Z', '2024-01-01t00:00:00Z',
  '2024-01-01T00:00:00+01:00', '2024-01-01T00:00:00.1Z'];
const DURATIONS = ['1d', '-1d2h3m4s5ms', '60m', '1h', '0ms', '9223372036854775807ms', '-9223372036854775808ms', '90m', '1s500ms'];
const BAD_DURATIONS = ['', '1', 'd', '1h1d', '1d1d', '--1d', '1.5h', '9223372036854775808ms', '1 d', '-'];
const PATTERNS = ['*', 'a*', '*b', 'a*b', '**', '', 'a\\*b', '*é*', 'abc', '*a*b*', '\\u{61}*', '\\u{2a}', '\\x2a*', '*\\*', '*\\n*', '*\\\"*'];
const ATTRS = ['n', 's', 'b', 'e', 'set', 'rec', 'ip', 'dec', 'dt', 'dur', 'es'];
const TYPES = { n: 'Long', s: 'String', b: 'Bool', e: 'Entity', set: 'Set', rec: 'Record', ip: 'ip', dec: 'decimal', dt: 'datetime', dur: 'duration', es: 'Entities' };
const UIDS = [['User', 'a'], ['User', 'b'], ['User', 'c'], ['Group', 'g'], ['Group', 'h'], ['Group', 'k'], ['NS::Doc', 'd'], ['NS::Doc', 'e'],
  ['NS::Folder', 'f'], ['User', 'missing'], ['Action', 'view'], ['Action', 'edit'], ['Action', 'write'], ['Action', 'all'], ['NS::Action', 'do it'], ['User', "o'b \"q\" é"],
  ['A::B::C', 'x\ny'], ['User', ''], ...Array.from({ length: 24 }, (_, i) => ['Deep', `d${i}`])];
const TYPE_NAMES = ['User', 'Group', 'NS::Doc', 'NS::Folder', 'A::B::C', 'Deep', 'Action', 'NS::Action'];

// m: makeMutator(r)
export function makeGenerator(r, m) {
  // as Rust's debug form has it, which is what the official command takes
  const uidPlain = ([type, id]) => `${type}::${quote(id)}`;
  const uidText = ([type, id]) => `${type}${r.chance(0.02) ? ' :: ' : '::'}${m.literal(id)}`;
  const usual = UIDS.filter(([type]) => type !== 'Deep' && type !== 'A::B::C');
  const anyUid = () => r.pick(r.chance(0.8) ? usual : UIDS);
  const uidJson = ([type, id]) => `{"type":${quote(type)},"id":${quote(id)}}`;
  const ofType = (...types) => r.pick(UIDS.filter(([type]) => types.includes(type)));

  // ---- data
  const ext = (fn, list) => `{"__extn":{"fn":"${fn}","arg":${quote(r.pick(list))}}}`;
  const dataValue = (type, depth = 0) => {
    if (r.chance(0.03)) type = r.pick(Object.values(TYPES));
    switch (type) {
      case 'Long': return r.pick(LONGS);
      case 'String': return quote(r.pick(STRINGS));
      case 'Bool': return String(r.chance(0.5));
      case 'Entity': return `{"__entity":${uidJson(anyUid())}}`;
      case 'ip': return ext('ip', IPS);
      case 'decimal': return ext('decimal', DECIMALS);
      case 'datetime': return ext('datetime', DATETIMES);
      case 'duration': return ext('duration', DURATIONS);
      case 'Entities': return `[${r.many(0, 3, () => dataValue('Entity')).join()}]`;
      case 'Set': {
        const of = depth > 2 ? 'Long' : r.pick(['Long', 'Long', 'String', 'Entity', 'Set', 'decimal', 'Record']);
        return `[${r.many(0, 4, () => dataValue(of, depth + 1)).join()}]`;
      }
      default: return depth > 2 ? '{}' : record(depth + 1);
    }
  };
  const record = (depth) => `{${ATTRS.filter(() => r.chance(depth ? 0.35 : 0.75)).map((k) => `"${k}":${dataValue(TYPES[k], depth)}`).join()}}`;

  const above = { User: ['Group', 'User', 'Deep'], Group: ['Group', 'Deep'], 'NS::Doc': ['NS::Folder'], 'NS::Folder': ['NS::Folder'], Action: ['Action'], 'NS::Action': ['Action', 'NS::Action'], 'A::B::C': ['Deep'], Deep: ['Deep'] };
  // few: a slice for one request, cheap to read
  const entities = (few = false) => {
    const deep = r.chance(0.3);
    const there = UIDS.filter(([type, id]) => id !== 'missing' && (type !== 'Deep' || deep) && r.chance(few ? 0.15 : 0.85));
    const order = (u) => UIDS.indexOf(u); // a parent always stands later in the list, or is of another kind: no cycles
    return `[${there.map((u) => {
      const parents = UIDS.filter((p) => above[u[0]].includes(p[0]) && order(p) > order(u) && r.chance(p[0] !== 'Deep' ? 0.4 : u[0] !== 'Deep' ? 0.05 : order(p) === order(u) + 1 ? 0.95 : 0.03));
      const tags = r.chance(0.4) ? `,"tags":{${['t', 'u', 'n'].filter(() => r.chance(0.6)).map((k) => `"${k}":${dataValue(r.pick(['Long', 'String', 'Set']), 1)}`).join()}}` : '';
      return `{"uid":${uidJson(u)},"attrs":${record(few ? 1 : 0)},"parents":[${parents.map(uidJson).join()}]${tags}}`;
    }).join(',\n')}]`;
  };
  const request = (few = false) => ({ principal: r.chance(0.9) ? ofType('User', 'User', 'Group') : anyUid(), action: r.chance(0.97) ? ofType('Action', 'NS::Action') : anyUid(), resource: r.chance(0.9) ? ofType('NS::Doc', 'NS::Folder') : anyUid(), context: record(few ? 1 : 0) });

  // ---- expressions
  const call = (fn, good, bad) => `${fn}(${quote(r.chance(0.04) ? r.pick(bad) : r.pick(good))})`;
  const entityExpr = (d) => r.weighted([
    [4, () => r.pick(['principal', 'resource', 'principal', 'action'])], [2, () => uidText(anyUid())], [1, () => access('e', d)],
    [0.5, () => `(if ${bool(d - 1)} then ${expr('Entity', d - 1)} else ${expr('Entity', d - 1)})`]])();
  const access = (attr, d) => {
    const base = d > 0 && r.chance(0.3) ? r.pick([() => expr('Record', d - 1), () => expr('Entity', d - 1)])() : r.pick(['principal', 'resource', 'context', 'context.rec', 'principal.e']);
    const wrapped = /^[a-z.]+$/.test(base) ? base : `(${base})`;
    const get = r.chance(0.85) ? `${wrapped}.${attr}` : `${wrapped}["${attr}"]`;
    return get;
  };
  const leaf = (type, d) => {
    switch (type) {
      case 'Bool': return String(r.chance(0.5));
      case 'Long': return r.chance(0.1) ? `-${r.pick(LONGS)}`.replace('--', '- -') : r.pick(LONGS);
      case 'String': return m.literal(r.chance(0.9) ? r.pick(STRINGS) : m.text());
      case 'Entity': return entityExpr(d);
      case 'ip': return call('ip', IPS, BAD_IPS);
      case 'decimal': return call('decimal', DECIMALS, BAD_DECIMALS);
      case 'datetime': return call('datetime', DATETIMES, BAD_DATETIMES);
      case 'duration': return call('duration', DURATIONS, BAD_DURATIONS);
      case 'Entities': return `[${r.many(0, 3, () => entityExpr(0)).join(', ')}]`;
      case 'Set': return `[${r.many(0, 4, () => r.pick(LONGS)).join(', ')}]`;
      default: return `{${[...new Set(r.many(0, 3, () => r.pick(ATTRS)))].map((k) => `${r.chance(0.5) ? k : quote(k)}: ${leaf(TYPES[k], 0)}`).join(', ')}}`;
    }
  };
  const tagName = (d) => (r.chance(0.8) ? quote(r.pick(['t', 'u', 'n'])) : expr('String', d - 1));
  const attrOf = (type) => Object.keys(TYPES).find((k) => TYPES[k] === type);
  const expr = (type, d) => {
    if (r.chance(0.02)) type = r.pick(Object.values(TYPES));
    if (d <= 0) return r.chance(0.3) && attrOf(type) ? access(attrOf(type), 0) : leaf(type, 0);
    if (r.chance(0.06)) return `(if ${bool(d - 1)} then ${expr(type, d - 1)} else ${expr(type, d - 1)})`;
    if (r.chance(0.25) && attrOf(type)) return access(attrOf(type), d);
    switch (type) {
      case 'Bool': return bool(d);
      case 'Long': return r.weighted([[3, () => leaf('Long', d)], [3, () => `(${expr('Long', d - 1)} ${r.pick(['+', '-', '*'])} ${expr('Long', d - 1)})`],
        [1, () => `-(${expr('Long', d - 1)})`], [1, () => `(${expr('duration', d - 1)}).${r.pick(['toDays', 'toHours', 'toMinutes', 'toSeconds', 'toMilliseconds'])}()`],
        [1, () => `(${expr('Entity', d - 1)}).getTag(${tagName(d)})`]])();
      case 'datetime': return r.weighted([[2, () => leaf(type, d)], [1, () => `(${expr('datetime', d - 1)}).offset(${expr('duration', d - 1)})`],
        [1, () => `(${expr('datetime', d - 1)}).toDate()`]])();
      case 'duration': return r.weighted([[2, () => leaf(type, d)], [1, () => `(${expr('datetime', d - 1)}).durationSince(${expr('datetime', d - 1)})`],
        [1, () => `(${expr('datetime', d - 1)}).toTime()`]])();
      case 'Set': { const of = r.pick(['Long', 'String', 'Entity', 'Set', 'decimal', 'Record']); return `[${r.many(0, 3, () => expr(of, d - 1)).join(', ')}]`; }
      case 'Entities': return `[${r.many(0, 3, () => expr('Entity', d - 1)).join(', ')}]`;
      case 'Record': return `{${[...new Set(r.many(0, 3, () => r.pick(ATTRS)))].map((k) => `${k}: ${expr(TYPES[k], d - 1)}`).join(', ')}}`;
      default: return leaf(type, d);
    }
  };
  const guarded = (d) => {
    const base = r.pick(['principal', 'resource', 'context', 'context.rec', 'resource.e']);
    const attr = r.pick(ATTRS);
    const has = base.includes('.') ? `${base.split('.')[0]} has ${base.split('.')[1]}.${attr}` : `${base} has ${attr}`;
    return `${has} && ${test(TYPES[attr], `${base}.${attr}`, d)}`;
  };
  // a boolean about a value of the type
  const test = (type, e, d) => {
    const other = () => expr(type, d - 1);
    const w = /^[\w.]+$/.test(e) ? e : `(${e})`;
    const equal = `${w} ${r.pick(['==', '!='])} ${r.chance(0.95) ? `(${other()})` : `(${expr(r.pick(Object.values(TYPES)), d - 1)})`}`;
    if (r.chance(0.2)) return equal;
    switch (type) {
      case 'Bool': return w;
      case 'Long': case 'datetime': case 'duration': return `${w} ${r.pick(['<', '<=', '>', '>='])} (${other()})`;
      case 'String': return `${w} like ${r.chance(0.8) ? `"${r.pick(PATTERNS)}"` : `"${r.many(1, 4, () => m.literal(r.chance(0.4) ? r.pick(STRINGS) : m.text(2), true).slice(1, -1)).join('*')}"`}`;
      case 'Entity': return r.weighted([[3, () => `${w} in ${r.chance(0.5) ? `(${other()})` : `(${expr('Entities', d - 1)})`}`], [1, () => `${w} is ${r.pick([...TYPE_NAMES, 'Nope'])}`],
        [1, () => `${w} is ${r.pick(TYPE_NAMES)} in ${r.chance(0.6) ? `(${other()})` : `(${expr('Entities', d - 1)})`}`], [1, () => `${w}.hasTag(${tagName(d)})`],
        [0.7, () => { const k = tagName(d); return `${w}.hasTag(${k}) && ${w}.getTag(${k}) ${r.pick(['==', '!='])} ${expr(r.pick(['Long', 'String']), d - 1)}`; }],
        [1, () => `${w} has ${r.pick(ATTRS)}`], [0.5, () => `${w} has ${r.pick(['e', 'rec'])}.${r.pick(ATTRS)}.${r.pick(ATTRS)}`]])();
      case 'Set': return r.weighted([[2, () => `${w}.contains(${expr(r.pick(['Long', 'String', 'Set']), d - 1)})`], [1, () => `${w}.${r.pick(['containsAll', 'containsAny'])}(${other()})`], [1, () => `${w}.isEmpty()`]])();
      case 'Entities': return r.weighted([[1, () => `${w}.contains(${expr('Entity', d - 1)})`], [1, () => `(${expr('Entity', d - 1)}) in ${w}`], [1, () => `${w}.${r.pick(['containsAll', 'containsAny'])}(${other()})`]])();
      case 'ip': return r.weighted([[2, () => `${w}.isInRange(${other()})`], [1, () => `${w}.${r.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])}()`]])();
      case 'decimal': return `${w}.${r.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'])}(${other()})`;
      default: return r.chance(0.6) ? `${w} has ${r.pick(ATTRS)}` : equal;
    }
  };
  const bool = (d) => {
    if (d <= 0) return leaf('Bool', 0);
    return r.weighted([[4, () => guarded(d)], [5, () => { const t = r.pick(Object.values(TYPES)); return test(t, expr(t, d - 1), d); }],
      [2, () => `(${bool(d - 1)}) && (${bool(d - 1)})`], [2, () => `(${bool(d - 1)}) || (${bool(d - 1)})`], [1, () => `!(${bool(d - 1)})`],
      [0.5, () => `if ${bool(d - 1)} then ${bool(d - 1)} else ${bool(d - 1)}`]])();
  };

  // ---- policies
  const who = (name, slot) => r.weighted([[3, name], [1.5, `${name} == ${slot ?? uidText(anyUid())}`], [2, `${name} in ${slot ?? uidText(anyUid())}`],
    [1, `${name} is ${r.pick(TYPE_NAMES)}`], [1, `${name} is ${r.pick(TYPE_NAMES.slice(0, 4))} in ${slot ?? uidText(anyUid())}`]]);
  const act = () => { const a = () => uidText(ofType('Action', 'Action', 'NS::Action')); return r.weighted([[3, () => 'action'], [2, () => `action == ${a()}`], [1, () => `action in ${a()}`], [1.5, () => `action in [${r.many(0, 3, a).join(', ')}]`]])(); };
  const condition = (d) => `${r.pick(['when', 'when', 'unless'])} { ${bool(d)} }`;
  const annotations = () => ['note', 'if', 'permit', '_x', '__cedar'].filter(() => r.chance(0.06)).map((name) => `@${name}${r.chance(0.7) ? `(${m.literal(r.pick(STRINGS))})` : ''}\n`).join('');
  const policy = (d = 2, template = false) => `${annotations()}${r.pick(['permit', 'permit', 'forbid'])}(${who('principal', template && r.chance(0.7) ? '?principal' : undefined)}, ${act()}, ${who('resource', template ? '?resource' : undefined)})${r.many(0, 2, () => ' ' + condition(d)).join('')};`;

  // ---- schemas over the same names
  const schemaType = (d) => r.weighted([[2, () => 'Long'], [2, () => 'String'], [1.5, () => 'Bool'], [1, () => r.pick(['ipaddr', 'decimal', 'datetime', 'duration'])], [1, () => r.pick(['User', 'Group', 'NS::Doc', 'Kind', 'A::B::C'])], [0.2, () => r.pick(['__cedar::Long', '__cedar::ipaddr', '__cedar::String', 'NS::Inner', 'Action'])],
    [1, () => d > 0 ? `Set<${schemaType(d - 1)}>` : 'Long'], [1, () => d > 0 ? schemaRecord(d - 1) : 'String'], [0.3, () => 'Common'], [0.01, () => 'Nope']])();
  const usualTypes = { n: 'Long', s: 'String', b: 'Bool', e: 'User', set: 'Set<Long>', ip: 'ipaddr', dec: 'decimal', dt: 'datetime', dur: 'duration', es: 'Set<Group>' };
  const schemaRecord = (d) => `{${ATTRS.filter(() => r.chance(0.7)).map((k) => `${k}${r.chance(0.4) ? '?' : ''}: ${r.chance(0.85) && usualTypes[k] ? usualTypes[k] : k === 'rec' && d > 0 ? schemaRecord(d - 1) : schemaType(d)}`).join(', ')}}`;
  const note = () => (r.chance(0.08) ? `@doc(${m.literal(r.pick(STRINGS))}) ` : '');
  const tags = (...of) => ` tags ${r.pick(of)}`;
  const group = (type) => (r.chance(0.02) ? ` in [${type},]` : r.pick(['', '', ` in ${type}`, ` in [${type}]`]));
  const schema = () => {
    const applies = () => `appliesTo {principal: ${r.pick(['User', '[User, Group]', '[Group]', '[User, A::B::C]'])}, resource: ${r.pick(['NS::Doc', '[NS::Doc, NS::Folder]', 'NS::Folder', '[NS::Doc, Kind]'])}${r.chance(0.8) ? `, context: ${r.chance(0.8) ? schemaRecord(1) : 'Ctx'}` : ''}${r.chance(0.1) ? ',' : ''}}`;
    return `${note()}type Common = ${r.chance(0.5) ? r.pick(['Long', '__cedar::Long', 'Set<__cedar::String>', 'NS::Inner']) : schemaRecord(0)};
type Ctx = ${schemaRecord(1)};
${r.chance(0.1) ? 'type ipaddr = String;\n' : ''}${note()}entity User${r.chance(0.2) ? ', Deep' : ''} in [Group${r.chance(0.3) ? ', User' : ''}] ${r.chance(0.9) ? `${r.pick(['', '= '])}${schemaRecord(2)}` : ''}${r.chance(0.5) ? tags('Long', 'String', 'Set<Long>', 'Common') : ''};
entity Group ${r.chance(0.6) ? 'in Group ' : ''}${r.chance(0.9) ? `= ${schemaRecord(1)}` : ''}${r.chance(0.2) ? tags('Long') : ''};
entity Kind ${r.chance(0.8) ? `enum ["a", "f", "o'b"${r.chance(0.03) ? ',' : ''}]` : ''};
namespace A::B { entity C${group('C')}${r.chance(0.5) ? ` {x: User, "two words"?: ${schemaType(1)}}` : ''}; }
namespace NS {
  type Inner = ${r.chance(0.7) ? r.pick(['Long', 'Folder', 'Set<Doc>', '{d: Doc, f?: __cedar::Bool}']) : schemaRecord(0)};
  entity Doc in [Folder] ${schemaRecord(1)}${r.chance(0.3) ? tags('Long', 'Inner', 'Folder') : ''};
  ${r.chance(0.9) ? `entity Folder${group('Folder')} ${schemaRecord(0)};` : 'entity Folder enum ["f", "g"];'}
  ${r.chance(0.3) ? `${note()}action "do it"${r.chance(0.5) ? ' in [Action::"all"]' : ''} appliesTo {principal: User, resource: [Doc], context: {i: Inner}};` : ''}
  ${r.chance(0.02) ? 'entity User;' : ''}${r.chance(0.02) ? 'type Common = Long;' : ''}
}
action all;
action ${r.chance(0.4) ? 'write in [all]' : 'write'};
action view${r.chance(0.5) ? r.pick([' in [all]', ' in all', ' in ["all"]', ' in [Action::"all"]']) : ''} ${applies()};
${note()}action edit${r.chance(0.2) ? ', "write more"' : ''}${r.chance(0.5) ? ' in [all, write]' : r.chance(0.3) ? ' in [write]' : ''} ${r.chance(0.9) ? applies() : ''};
`;
  };
  // ---- entities and requests that mostly agree with a schema (in its JSON form)
  const conforming = (schemaJson) => {
    const find = (kind, name, space) => {
      for (const full of name.includes('::') ? [name] : space ? [`${space}::${name}`, name] : [name]) {
        const at = full.lastIndexOf('::'), ns = at < 0 ? '' : full.slice(0, at), base = at < 0 ? full : full.slice(at + 2);
        const found = schemaJson[ns]?.[kind]?.[base];
        if (found) return { found, full, ns };
      }
      return null;
    };
    const texts = { ipaddr: ['ip', IPS], decimal: ['decimal', DECIMALS], datetime: ['datetime', DATETIMES], duration: ['duration', DURATIONS] };
    const value = (type, space) => {
      if (r.chance(0.01)) return r.pick(['1', '"x"', '[]', '{}', 'true', '{"type":"User","id":"a"}', '{"fn":"ip","arg":"::1"}', '"10.0.0.1"']);
      const name = type.name ?? type.type;
      if (type.type === 'Record') return fields(type.attributes, space);
      if (type.type === 'Set') return `[${r.many(0, 3, () => value(type.element, space)).join()}]`;
      const common = find('commonTypes', name, space);
      if (common) return value(common.found, common.ns);
      const entity = find('entityTypes', name, space);
      if (entity) { const u = `{"type":"${entity.full}","id":${quote(r.pick(['a', 'f', 'g']))}}`; return r.chance(0.5) ? u : `{"__entity":${u}}`; }
      if (name === 'Action' || name === 'NS::Action') return `{"type":"${name}","id":"${r.pick(['view', 'edit', 'all', 'all', 'nope'])}"}`;
      if (name === 'Long') return r.pick(LONGS);
      if (name === 'String') return quote(r.pick(STRINGS));
      if (name === 'Bool' || name === 'Boolean') return String(r.chance(0.5));
      const [fn, list] = texts[name] ?? ['ip', IPS];
      const arg = quote(r.pick(list)), call = `{"fn":"${fn}","arg":${arg}}`;
      return r.pick([arg, call, `{"__extn":${call}}`]);
    };
    const fields = (attrs, space) => `{${Object.entries(attrs ?? {}).filter(([, a]) => r.chance(a.required === false ? 0.6 : 0.995)).map(([k, a]) => `${quote(k)}:${value(a, space)}`).join()}}`;
    const shape = (type, space) => (!type ? '{}' : type.type === 'Record' ? fields(type.attributes, space) : value(type, space));
    const list = [];
    for (const [ns, { entityTypes }] of Object.entries(schemaJson)) {
      for (const [name, type] of Object.entries(entityTypes)) {
        const full = ns ? `${ns}::${name}` : name;
        for (const id of ['a', 'f'].filter(() => r.chance(0.7))) {
          const parents = (type.memberOfTypes ?? []).filter(() => r.chance(0.5)).map((p) => `{"type":"${r.chance(0.98) ? (find('entityTypes', p, ns)?.full ?? p) : 'User'}","id":"${id}2"}`);
          const tags = type.tags && r.chance(0.5) ? `,"tags":{"t":${value(type.tags, ns)}}` : '';
          list.push(`{"uid":{"type":"${full}","id":"${id}"},"attrs":${shape(type.shape, ns)},"parents":[${parents.join()}]${tags}}`);
        }
      }
    }
    if (r.chance(0.2)) list.push(`{"uid":{"type":"Action","id":"${r.pick(['view', 'edit', 'nope'])}"},"attrs":{},"parents":[${r.pick(['', '{"type":"Action","id":"all"}'])}]}`);
    const action = r.pick(['view', 'edit', 'view', 'all']), spec = schemaJson['']?.actions?.[action]?.appliesTo;
    const uid = (types) => [(types?.length && r.chance(0.95) ? r.pick(types) : r.pick(['User', 'NS::Doc', 'Nope'])), r.pick(['a', 'f', 'z'])];
    const principal = uid(spec?.principalTypes), resource = uid(spec?.resourceTypes);
    // the official call takes the context as it takes entities: with the escapes left out
    const contextType = spec?.context && (spec.context.type === 'Record' ? spec.context : find('commonTypes', spec.context.name ?? spec.context.type, '')?.found);
    return { entities: `[${list.join(',\n')}]`, request: { principal, action: ['Action', action], resource, context: contextType ? fields(contextType.attributes, '') : '{}' } };
  };
  return { uidText: uidPlain, uidJson, entities, anyUid, request, bool, policy, schema, conforming, UIDS, ofType };
}
