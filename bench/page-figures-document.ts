import { PAGE_MEASUREMENTS, type PageFigures } from './page-figures.ts';

const BEGIN = '<!-- measured -->';
const END = '<!-- /measured -->';
const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** The document with figures between its two marks, and which are missing. Throws a `RangeError` where it has no marks. */
export function withPageFigures(document: string, measured: readonly PageFigures[]): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new RangeError(`the document has no ${BEGIN} ... ${END}`);
  const missing = Object.entries(PAGE_MEASUREMENTS)
    .filter(([name]) => measured.every((figures) => figures.name !== name))
    .map(([, title]) => title);
  const rest = missing.length === 0 ? [] : [`Not measured yet: ${missing.join('; ')}.`];
  const parts = [...measured.map((figures) => partOf(figures)), ...rest];
  return [document.slice(0, begin + BEGIN.length), ...parts, document.slice(end)].join('\n\n');
}

function partOf({ name, of, surroundings: at, head, rows }: PageFigures): string {
  const cells = [head, head.map(() => '---'), ...rows.map((row) => row.map(shown))];
  return [
    `### ${PAGE_MEASUREMENTS[name]}`,
    '',
    `Of ${of}. Measured on ${at.date.slice(0, 10)}${at.commit === undefined ? '' : ` at commit ${at.commit}`} with ${at.cores} cores`,
    `(${at.cpu}) for everything together, Node ${at.node}; load of the machine before it ${at.loadBefore.toFixed(1)}.`,
    '',
    ...cells.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

const shown = (cell: string | number): string => (typeof cell === 'number' ? format.format(cell) : cell);
