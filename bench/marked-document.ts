/**
 * A document with `parts` between the two comments of a mark, in place of what was there: `<!-- mark -->` and
 * `<!-- /mark -->`. Throws a `RangeError` where it has no such comments.
 */
export function between(mark: string, document: string, parts: readonly string[]): string {
  const [opening, closing] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const begin = document.indexOf(opening);
  const end = document.indexOf(closing);
  if (begin < 0 || end < begin) throw new RangeError(`the document has no ${opening} ... ${closing}`);
  return [document.slice(0, begin + opening.length), ...parts, document.slice(end)].join('\n\n');
}

/** A table in Markdown. */
export const tableOf = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
