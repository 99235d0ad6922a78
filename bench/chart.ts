/** A bar, or several stacked in one row, each part with a colour of its own. */
export interface ChartRow {
  label: string;
  parts: readonly { name: string; value: number; colour: string }[];
  /** Written behind the bar. */
  text: string;
}

/** Rows that share a scale. */
export interface ChartPanel {
  title: string;
  rows: readonly ChartRow[];
  /** Names of the parts, where they say more than the row's label. */
  hasLegend: boolean;
}

const WIDTH = 960;
const BAR = { left: 180, width: 520, height: 15, step: 23 };
const TITLE_HEIGHT = 34;
const LEGEND_STEP = 100;
const FONT = 'font-family="system-ui, sans-serif" font-size="12"';

/** Horizontal bars on white, as a whole SVG document. Every panel has its own scale, from 0 to its longest bar. */
export function renderChart(title: string, subtitle: string, panels: readonly ChartPanel[]): string {
  let top = 62;
  const body: string[] = [];
  for (const panel of panels) {
    body.push(text(16, top + 14, panel.title, 'font-weight="600" fill="#1f2937"'));
    top += TITLE_HEIGHT - 8;
    if (panel.hasLegend) {
      body.push(renderLegend(panel, top));
      top += 22;
    }
    body.push(...renderRows(panel.rows, top));
    top += panel.rows.length * BAR.step + 18;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" ${FONT} role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${top}" fill="#ffffff"/>`,
    text(16, 28, title, 'font-size="16" font-weight="600" fill="#111827"'),
    text(16, 47, subtitle, 'font-size="11" fill="#6b7280"'),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function renderRows(rows: readonly ChartRow[], top: number): string[] {
  const longest = Math.max(...rows.map(lengthOf), Number.MIN_VALUE);
  return rows.map((row, index) => {
    const y = top + index * BAR.step;
    let x = BAR.left;
    const bars = row.parts.map(({ name, value, colour }) => {
      const width = (value / longest) * BAR.width;
      const bar = `<rect x="${fixed(x)}" y="${y}" width="${fixed(width)}" height="${BAR.height}" fill="${colour}"><title>${escapeXml(name)}: ${fixed(value)}</title></rect>`;
      x += width;
      return bar;
    });
    const label = text(BAR.left - 8, y + 12, row.label, 'text-anchor="end" fill="#374151"');
    return [label, ...bars, text(x + 6, y + 12, row.text, 'fill="#374151"')].join('\n');
  });
}

function renderLegend({ rows }: ChartPanel, y: number): string {
  const colours = new Map(rows.flatMap(({ parts }) => parts.map(({ name, colour }) => [name, colour] as const)));
  const step = Math.min(LEGEND_STEP, (WIDTH - 32) / Math.max(colours.size, 1));
  return [...colours]
    .map(([name, colour], index) => {
      const x = 16 + index * step;
      return `<rect x="${fixed(x)}" y="${y}" width="10" height="10" fill="${colour}"/>\n${text(x + 14, y + 9, name, 'fill="#374151" font-size="11"')}`;
    })
    .join('\n');
}

const lengthOf = ({ parts }: ChartRow) => parts.reduce((sum, { value }) => sum + value, 0);
const fixed = (value: number) => String(Math.round(value * 10) / 10);
const text = (x: number, y: number, content: string, attributes: string) =>
  `<text x="${fixed(x)}" y="${y}" ${attributes}>${escapeXml(content)}</text>`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (content: string) => content.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
