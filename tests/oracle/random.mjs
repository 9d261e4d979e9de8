// Random numbers from a seed, so that a failing run can be repeated.
export function makeRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  const pick = (list) => list[below(list.length)];
  const chance = (p) => next() < p;
  const many = (least, most, make) => Array.from({ length: least + below(most - least + 1) }, (_, i) => make(i));
  // pick by weight: weighted([[3, f], [1, g]])()
  const weighted = (pairs) => {
    let at = next() * pairs.reduce((sum, [w]) => sum + w, 0);
    for (const [w, value] of pairs) if ((at -= w) < 0) return value;
    return pairs[pairs.length - 1][1];
  };
  return { next, below, pick, chance, many, weighted };
}
