import { byId, element, setText, svg } from '../view/element.js';
import { createBarTable } from './bar-table.js';
import { PART_HEIGHT, PART_WIDTH, tall, wide } from './flow-layout.js';
import { flowNumbers } from './flow-numbers.js';

/** @import { PageContext } from '../view/page-context.js' */
/** @import { FlowNumber } from './flow-numbers.js' */
/** @import { FlowLayout, PartName } from './flow-layout.js' */

/**
 * @typedef {object} Drawn
 * @property {SVGElement} root
 * @property {Map<PartName, { group: SVGElement, title: SVGElement, number: SVGElement }>} parts
 * @property {{ from: PartName, to: PartName, flow: SVGElement, label: SVGElement | undefined }[]} edges
 */

/** Names of sources come from messages and may be of any length. */
const LONGEST_NAME = 18;

/**
 * The system as a picture, with its numbers and rates on it; the same numbers stand in a table for who cannot see it.
 * Returns what draws them anew.
 * @param {PageContext} page
 */
export function startFlowPicture({ text: { text }, formats, state, loop }) {
  const parent = byId('flow-picture');
  const narrow = matchMedia('(max-width: 640px)');
  /** @type {Drawn} */
  let drawn;
  const table = createBarTable([text('flow.table.part'), text('flow.table.number'), text('flow.table.rate')]);
  const details = element('details', { class: 'as-table' }, element('summary', {}, text('flow.table')), table.table);
  details.addEventListener('toggle', () => ask());

  function build() {
    drawn = drawLayout(narrow.matches ? tall : wide, text('flow.picture'));
    parent.replaceChildren(drawn.root, details);
  }

  const titles = {
    queue: text('flow.queue'),
    attempts: text('flow.attempts'),
    retry: text('flow.retry'),
    endput: text('flow.endput'),
    dead: text('flow.dead'),
  };
  /** @param {PartName} name @param {FlowNumber} part */
  const titleOf = (name, part) => (name === 'source_1' || name === 'source_2' ? (part.name ?? '') : titles[name]);

  /** @param {PartName} name @param {FlowNumber} part */
  function numberOf(name, { number, rate }) {
    const n = number === undefined ? '–' : formats.short(number);
    switch (name) {
      case 'source_1':
      case 'source_2':
        return number === undefined ? '' : text('flow.source.settled', { n });
      case 'queue':
        return number === undefined ? text('flow.queue.unknown') : text('flow.queue.ready', { n });
      case 'attempts':
        return rate === undefined ? '–' : text('flow.rate', { rate: formats.rate(rate) });
      case 'retry':
        return text('flow.retry.waiting', { n });
      case 'endput':
        return text('flow.endput.stored', { n });
      case 'dead':
        return text('flow.dead.count', { n });
    }
  }

  function draw() {
    byId('flow').setAttribute('aria-busy', String(!state.known));
    const { parts, fromRetry, others } = flowNumbers(state);
    for (const [name, part] of drawn.parts) {
      const of = parts[name];
      const title = titleOf(name, of);
      part.group.classList.toggle('is-missing', title === '');
      setText(part.title, title.length > LONGEST_NAME ? `${title.slice(0, LONGEST_NAME - 1)}…` : title);
      setText(part.number, numberOf(name, of));
    }
    for (const { from, to, flow, label } of drawn.edges) {
      const rate = from === 'retry' ? fromRetry : rateOfEdge(from, to, parts);
      if (label)
        setText(label, rate === undefined || rate === 0 ? '' : text('flow.rate', { rate: formats.rate(rate) }));
      flow.classList.toggle('is-flowing', (rate ?? 0) > 0);
      flow.dataset.pace = paceOf(rate ?? 0);
    }
    setText(
      byId('flow-note'),
      others > 0 ? `${text('flow.note')} · ${text('flow.sources.more', { n: others })}` : text('flow.note'),
    );
    if (details.open) drawTable(parts);
  }

  /** @param {Record<PartName, FlowNumber>} parts */
  function drawTable(parts) {
    const names = /** @type {PartName[]} */ (Object.keys(parts));
    table.render(
      names
        .filter((name) => titleOf(name, parts[name]) !== '')
        .map((name) => {
          const { number, rate } = parts[name];
          const cells = [number, rate].map((value) => (value === undefined ? '–' : formats.rate(value)));
          return { key: name, label: titleOf(name, parts[name]), cells };
        }),
    );
  }

  const ask = loop.drawing(draw, 250);
  narrow.addEventListener('change', () => {
    build();
    draw();
  });
  build();
  return ask;
}

/** @param {PartName} from @param {PartName} to @param {Record<PartName, FlowNumber>} parts */
function rateOfEdge(from, to, parts) {
  if (from === 'source_1' || from === 'source_2') return parts[from].rate;
  return parts[to].rate;
}

/**
 * How quickly the dashes of an edge move; a few paces, so that they do not start anew with every number.
 * @param {number} rate
 */
const paceOf = (rate) => (rate < 10 ? 'slow' : rate < 500 ? 'steady' : 'fast');

/** @param {FlowLayout} layout @param {string} description @returns {Drawn} */
function drawLayout(layout, description) {
  const [width, height] = layout.box;
  const head = svg(
    'marker',
    { id: 'arrow', viewBox: '0 0 8 8', refX: 6, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
    svg('path', { d: 'M1 1 7 4 1 7z', class: 'arrow' }),
  );
  const root = svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': description },
    svg('defs', {}, head),
  );
  const edges = layout.edges.map(({ from, to, path, label }) => {
    const flow = svg('path', { d: path, class: 'edge-flow', 'data-to': to });
    const said = label && svg('text', { x: label[0], y: label[1], class: 'edge-label' });
    root.append(svg('path', { d: path, class: 'edge', 'marker-end': 'url(#arrow)' }), flow);
    if (said) root.append(said);
    return { from, to, flow, label: said };
  });
  /** @type {Drawn['parts']} */
  const parts = new Map();
  for (const [name, [x, y]] of Object.entries(layout.parts)) {
    const centre = x + PART_WIDTH / 2;
    const title = svg('text', { x: centre, y: y + 30, class: 'part-title' });
    const number = svg('text', { x: centre, y: y + 53, class: 'part-number' });
    const box = svg('rect', { x, y, width: PART_WIDTH, height: PART_HEIGHT, rx: 12 });
    const group = svg('g', { class: 'part', 'data-part': name }, box, title, number);
    root.append(group);
    parts.set(/** @type {PartName} */ (name), { group, title, number });
  }
  return { root, parts, edges };
}
