// Small damages to texts, JSON and the arguments of constructors: most are refused by both
// engines, and those that are not must mean the same.
import { quote } from './generate.mjs';

const CHARS = ['a', 'é', '日', '\u{1F600}', '*', '"', '\\', "'", '\n', '\t', '\r', '\0', ' ', '\u00a0', '\u200b', '\ufeff', '\u007f', 'Z', '0', '/', '{'];

export function makeMutator(r) {
  // ---- string literals of Cedar, each character written in one of the ways it can be
  const hex = (c) => c.codePointAt(0).toString(16);
  const escape = (c, pattern) => {
    const plain = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\0': '\\0', '"': '\\"', '\\': '\\\\', "'": "\\'", '*': pattern ? '\\*' : '*' }[c];
    return r.weighted([[6, () => plain ?? c], [1, () => `\\u{${r.chance(0.5) ? hex(c).toUpperCase() : hex(c).padStart(1 + r.below(6), '0')}}`],
      [0.5, () => c.codePointAt(0) < 0x80 ? `\\x${hex(c).padStart(2, '0')}` : c], [0.5, () => '"\\\r'.includes(c) ? plain : c]])();
  };
  const literal = (text, pattern = false) => `"${[...text].map((c) => escape(c, pattern)).join('')}"`;
  const text = (most = 6) => r.many(0, most, () => r.pick(CHARS)).join('');
  // what may or may not be a literal: for the lexer
  const ESCAPES = ['\\n', '\\q', '\\x41', '\\x80', '\\x4', '\\u{41}', '\\u{}', '\\u{_1}', '\\u{1_F600}', '\\u{d800}', '\\u{110000}', '\\u{0000041}', '\\u0041', '\\*', '\\', "\\'", '\\\n', '\r', '\n', '\0', '\\u{41', '\\U{41}', '\\X41'];
  const doubtful = () => `"${r.many(0, 4, () => (r.chance(0.5) ? r.pick(ESCAPES) : r.pick(CHARS))).join('')}"`;

  // ---- arguments of constructors, a character at a time
  const pieces = (s) => {
    const list = [...s];
    for (let n = r.below(3); n > 0 && list.length; n--) {
      const at = r.below(list.length);
      r.pick([() => list.splice(at, 1), () => list.splice(at, 0, list[r.below(list.length)]), () => list.splice(at, 1, r.pick([...'0123456789abcdfhmsTZ:.-+/ '])),
        () => list.splice(at, 0, r.pick([...'0123456789abcdfhmsTZ:.-+/ '])), () => { const j = r.below(list.length); [list[at], list[j]] = [list[j], list[at]]; }])();
    }
    return list.join('');
  };
  const two = (most) => String(r.below(most + 2)).padStart(2, '0');
  const group = () => r.below(0x10000).toString(16);
  const argument = {
    ip: () => r.weighted([[2, () => r.many(4, 4, () => String(r.pick([0, 1, 9, 10, 127, 128, 224, 239, 255, 256]))).join('.')],
      [2, () => { const n = r.below(8); return `${r.many(n, n, group).join(':')}::${r.many(0, 7 - n, group).join(':')}`; }], [1, () => r.many(8, 8, group).join(':')]])()
      + (r.chance(0.5) ? `/${r.pick([0, 1, 4, 7, 8, 9, 16, 24, 31, 32, 33, 64, 127, 128, 129])}` : ''),
    decimal: () => `${r.chance(0.4) ? '-' : ''}${r.pick(['0', '1', '00', '922337203685477', '922337203685478', String(r.below(1e9))])}.${r.pick(['0', '5', '5807', '5808', '0001', '00000', String(r.below(10000))])}`,
    datetime: () => `${String(r.pick([0, 1, 1582, 1900, 1969, 1970, 2000, 2023, 2024, 9999, r.below(10000)])).padStart(4, '0')}-${two(12)}-${two(31)}`
      + (r.chance(0.7) ? `T${two(23)}:${two(59)}:${two(59)}${r.chance(0.4) ? '.' + String(r.below(1000)).padStart(3, '0') : ''}${r.pick(['Z', '+0000', '-0000', `+${two(23)}${two(59)}`, `-${two(23)}${two(59)}`])}` : ''),
    duration: () => `${r.chance(0.3) ? '-' : ''}${['d', 'h', 'm', 's', 'ms'].filter(() => r.chance(0.5)).map((u) => `${r.pick([0, 1, 23, 60, 999, '007', '106751991167', '106751991168', '9223372036854775807', '9223372036854775808', r.below(1e6)])}${u}`).join('')}`,
  };
  const constructor = () => { const fn = r.pick(Object.keys(argument)); return `${fn}(${quote(pieces(argument[fn]()))})`; };
  // a question about a constructor that tells its value, not only whether it has one
  const aboutConstructor = () => {
    const fn = r.pick(Object.keys(argument)), make = () => `${fn}(${quote(pieces(argument[fn]()))})`;
    switch (fn) {
      case 'ip': return r.pick([() => `${make()}.${r.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])}()`, () => `${make()}.isInRange(${make()})`, () => { const a = make(); return `${a} == ${r.chance(0.5) ? a : make()}`; }])();
      case 'decimal': return `${make()}.${r.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'])}(${make()})`;
      case 'datetime': return r.pick([() => `${make()} ${r.pick(['<', '<=', '==', '>', '>='])} ${make()}`, () => `${make()}.toTime() ${r.pick(['<', '>='])} duration("${r.below(24)}h")`,
        () => `${make()}.durationSince(${make()}).toMilliseconds() ${r.pick(['<', '>'])} ${r.below(2 ** 40) * r.pick([1, -1])}`, () => `${make()}.toDate() ${r.pick(['==', '<='])} ${make()}`])();
      default: return r.pick([() => `${make()} ${r.pick(['<', '<=', '==', '>', '>='])} ${make()}`, () => `${make()}.${r.pick(['toDays', 'toHours', 'toMinutes', 'toSeconds', 'toMilliseconds'])}() ${r.pick(['==', '<', '>'])} ${r.below(3000) - 1500}`])();
    }
  };

  // ---- text, token by token
  const TOKENS = ['permit', 'forbid', 'when', 'unless', 'principal', 'action', 'resource', 'context', 'if', 'then', 'else', 'in', 'is', 'has', 'like', 'true', 'false', '(', ')', '[', ']', '{', '}', ',', ';',
    '::', ':', '.', '==', '!=', '<', '<=', '>', '>=', '&&', '||', '!', '-', '+', '*', '@', '@id("x")', '@if', '"x"', '"\\n"', '"\\q"', '"*"', '1', '9223372036854775808', '9223372036854775807', 'User', 'User::"a"', 'Action::"view"',
    'ip', 'ip("1.1.1.1")', 'contains', '.contains(1)', '.isEmpty()', '.getTag("t")', '?principal', '?resource', '?x', '__cedar', '__cedar::Long', '// c\n', '/', '%', '=', '_a', 'a b', '"\\u{1F600}"', '"\\u{110000}"', '\u00a0', '\u2028', '\ufeff', '\u0000', '#',
    'entity', 'namespace', 'type', 'tags', 'enum', 'appliesTo', 'Set<Long>', '?', '= {', '__cedar'];
  const split = (t) => t.match(/"(?:\\.|[^"\\])*"|\w+|::|==|!=|<=|>=|&&|\|\||\s+|[^\s\w]/gsu) ?? [];
  const tokens = (t) => {
    const list = split(t);
    for (let n = 1 + r.below(2); n > 0; n--) {
      const at = r.below(list.length);
      r.weighted([[2, () => list.splice(at, 1)], [2, () => list.splice(at, 0, r.pick(TOKENS))], [2, () => list.splice(at, 1, r.pick(TOKENS))], [0.7, () => list.splice(at, 1, doubtful())],
        [1, () => list.splice(at, 0, list[r.below(list.length)])], [1, () => { const j = r.below(list.length); [list[at], list[j]] = [list[j], list[at]]; }]])();
      if (!list.length) list.push(' ');
    }
    return list.join('');
  };

  // ---- JSON, a node at a time; the same keys and texts are used again
  const nodes = (j, out = []) => {
    if (j && typeof j === 'object') { out.push(j); for (const v of Object.values(j)) nodes(v, out); }
    return out;
  };
  const json = (whole, words) => {
    const copy = structuredClone(whole);
    for (let n = 1 + r.below(2); n > 0; n--) {
      const node = r.pick(nodes(copy)), keys = Object.keys(node);
      if (!keys.length) { if (Array.isArray(node)) node.push(r.pick(words)); else node[r.pick(words)] = r.pick(words); continue; }
      const key = r.pick(keys), other = r.pick(nodes(copy));
      r.pick([
        () => { if (Array.isArray(node)) node.splice(Number(key), 1); else delete node[key]; },
        () => { if (!Array.isArray(node)) { const v = node[key]; delete node[key]; node[r.pick(words)] = v; } },
        () => { node[key] = r.pick([0, 1, -5, true, false, '', 'a', 'User', 'principal', '?principal', {}, [], r.pick(words)]); },
        () => { if (!JSON.stringify(other).includes(JSON.stringify(node))) node[key] = structuredClone(other); },
        () => { if (!Array.isArray(node)) node[r.pick(words)] = r.pick([r.pick(words), 1, {}, []]); },
        () => { if (Array.isArray(node)) node.push(structuredClone(node[key])); },
      ])();
    }
    return copy;
  };
  const EST_WORDS = ['effect', 'principal', 'action', 'resource', 'conditions', 'annotations', 'op', 'All', '==', 'in', 'is', 'entity', 'entities', 'entity_type', 'slot', 'kind', 'when', 'unless', 'body', 'Value', 'Var', 'Slot', '!', 'neg',
    '!=', '<', '&&', '||', '+', 'contains', 'isEmpty', 'getTag', '.', 'has', 'attr', 'like', 'pattern', 'Literal', 'Wildcard', 'left', 'right', 'arg', 'if-then-else', 'if', 'then', 'else', 'Set', 'Record', 'ip', 'decimal', 'lessThan', 'isInRange', 'offset',
    'permit', 'forbid', 'type', 'id', '__entity', '__extn', 'fn', 'args', 'context', 'User', 'NS::Doc', 'Action', '__cedar', 'nope'];
  const ENTITY_WORDS = ['uid', 'attrs', 'parents', 'tags', 'type', 'id', '__entity', '__extn', '__expr', 'fn', 'arg', 'args', 'ip', 'decimal', 'datetime', 'offset', '1.2.3.4', '1.0', 'User', 'Action', 'NS::Doc', 'if', 'a::b', ' User', 'a', 'view', 'nope'];
  const SCHEMA_WORDS = ['', 'NS', 'entityTypes', 'actions', 'commonTypes', 'shape', 'type', 'name', 'attributes', 'required', 'additionalAttributes', 'element', 'Record', 'Set', 'Long', 'String', 'Bool', 'Boolean', 'Entity', 'Extension', 'EntityOrCommon', 'User', 'Group', 'Doc',
    'NS::Doc', 'Common', 'Ctx', 'ipaddr', '__cedar::Long', 'tags', 'enum', 'memberOfTypes', 'memberOf', 'id', 'all', 'view', 'appliesTo', 'principalTypes', 'resourceTypes', 'context', 'annotations', 'Action', 'nope', 'in', 'a b'];
  return { literal, text, doubtful, constructor, aboutConstructor, tokens, est: (j) => json(j, EST_WORDS), entities: (j) => json(j, ENTITY_WORDS), schema: (j) => json(j, SCHEMA_WORDS) };
}
