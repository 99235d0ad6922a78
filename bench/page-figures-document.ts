import { between, tableOf } from './marked-document.ts';
import { PAGE_MEASUREMENTS, type PageFigures } from './page-figures.ts';

const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** The document with figures between its two marks, and which are missing. Throws a `RangeError` where it has no marks. */
export function withPageFigures(document: string, measured: readonly PageFigures[]): string {
  const missing = Object.entries(PAGE_MEASUREMENTS)
    .filter(([name]) => measured.every((figures) => figures.name !== name))
    .map(([, title]) => title);
  const rest = missing.length === 0 ? [] : [`Not measured yet: ${missing.join('; ')}.`];
  return between('measured', document, [...measured.map((figures) => partOf(figures)), ...rest]);
}

function partOf({ name, of, surroundings: at, head, rows }: PageFigures): string {
  return [
    `### ${PAGE_MEASUREMENTS[name]}`,
    '',
    `Of ${of}. Measured on ${at.date.slice(0, 10)}${at.commit === undefined ? '' : ` at commit ${at.commit}`} with ${at.cores} cores`,
    `(${at.cpu}) for everything together, Node ${at.node}; load of the machine before it ${at.loadBefore.toFixed(1)}.`,
    '',
    tableOf(
      head,
      rows.map((row) => row.map(shown)),
    ),
  ].join('\n');
}

const shown = (cell: string | number): string => (typeof cell === 'number' ? format.format(cell) : cell);
