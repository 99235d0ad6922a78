const isStill = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Lets cards that change places slide there, instead of jumping. Places are only measured where they change.
 * @param {ReadonlyMap<string, HTMLElement>} rows as they are before
 * @param {readonly string[]} keys as they are to be
 * @param {() => void} change
 */
export function slideToPlaces(rows, keys, change) {
  const isSame = rows.size === keys.length && [...rows.keys()].every((key, index) => key === keys[index]);
  if (isSame || isStill.matches || document.hidden) {
    change();
    return;
  }
  const before = [...rows.values()].map((row) => ({ row, x: row.offsetLeft, y: row.offsetTop }));
  change();
  const moves = before
    .filter(({ row }) => row.isConnected)
    .map(({ row, x, y }) => ({ row, x: x - row.offsetLeft, y: y - row.offsetTop }));
  for (const { row, x, y } of moves) {
    if (x === 0 && y === 0) continue;
    const from = { transform: `translate(${x}px, ${y}px)` };
    row.animate([from, { transform: 'none' }], { duration: 260, easing: 'ease-out' });
  }
}
