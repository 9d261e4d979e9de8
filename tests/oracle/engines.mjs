// The two engines: the official one in this process, ours in a child.
import { createRequire } from 'node:module';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const stringify = JSON.stringify;
export const LOST = Symbol('no verdict'); // the official engine ran out of stack
export const raw = (text) => ({ __raw: text });

// Exact texts must reach the official engine (64-bit integers, keys that come twice), but its glue calls
// JSON.stringify on what it is given: an object of raw() is handed on as the text in it.
JSON.stringify = (o, ...rest) => (o?.__raw !== undefined ? o.__raw : stringify(o, ...rest));

// Throws where the package is not installed.
export function loadOfficial(here) {
  const require = createRequire(join(here, 'x.js'));
  const load = () => {
    for (const key of Object.keys(require.cache)) if (key.includes('cedar-wasm')) delete require.cache[key];
    return require('@cedar-policy/cedar-wasm/nodejs');
  };
  const state = { cedar: load() };
  const call = (name, ...args) => {
    try { return state.cedar[name](...args); } catch (e) {
      if (!(e instanceof RangeError) && !(e instanceof WebAssembly.RuntimeError)) throw e;
      state.cedar = load(); // an instance that ran out of stack is unusable
      return LOST;
    }
  };
  return { call };
}

export function startOurs(program) {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  let buffered = '';
  child.stdout.setEncoding('utf8').on('data', (data) => {
    const lines = (buffered + data).split('\n');
    buffered = lines.pop();
    for (const line of lines) waiting.shift().resolve(JSON.parse(line));
  });
  child.on('exit', (code, signal) => {
    if (!waiting.length) return;
    console.log(`FAILED: our engine died (${code ?? signal}) on:\n${waiting[0].asked}`);
    process.exit(1);
  });
  // Answers come in the order of the questions, which need not wait for each other.
  const ask = (command, ...texts) => {
    const parts = texts.map((t) => Buffer.from(t));
    child.stdin.write(Buffer.concat([Buffer.from(`${command} ${parts.map((p) => p.length).join(' ')}\n`), ...parts]));
    return new Promise((resolve) => waiting.push({ resolve, asked: `${command}\n${texts.join('\n----\n')}` }));
  };
  return { ask, end: () => child.stdin.end() };
}
