/** @typedef {{ kind: 'same' | 'removed' | 'added', text: string }} DiffLine */

/** More lines than so many on both sides are not compared one by one, but shown as taken out and put in. */
const MOST_LINES = 600;

/**
 * What changed between two texts, line by line: by their longest common subsequence.
 * @param {string} before
 * @param {string} after
 * @returns {DiffLine[]}
 */
export function diffLines(before, after) {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const same = (/** @type {string} */ text) => ({ kind: /** @type {const} */ ('same'), text });
  return [
    ...a.slice(0, start).map(same),
    ...diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(same),
  ];
}

/**
 * @param {string[]} a
 * @param {string[]} b
 * @returns {DiffLine[]}
 */
function diffMiddle(a, b) {
  const removed = a.map((text) => ({ kind: /** @type {const} */ ('removed'), text }));
  const added = b.map((text) => ({ kind: /** @type {const} */ ('added'), text }));
  if (a.length === 0 || b.length === 0 || a.length + b.length > MOST_LINES) return [...removed, ...added];
  // common[i][j]: length of the longest common subsequence of what follows line i of a and line j of b.
  const common = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0).map(Number));
  const at = (/** @type {number} */ i, /** @type {number} */ j) => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = common[i] ?? [];
    for (let j = b.length - 1; j >= 0; j -= 1)
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  /** @type {DiffLine[]} */
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'removed', text: a[i] ?? '' });
      i += 1;
    } else {
      lines.push({ kind: 'added', text: b[j] ?? '' });
      j += 1;
    }
  }
  return lines;
}
