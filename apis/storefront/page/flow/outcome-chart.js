import { OUTCOMES } from '../feed/frames.js';
import { byId, element, icon, setText, svg } from '../view/element.js';
import { createBarTable } from './bar-table.js';
import { BARS, byMinute, HEIGHT, outcomeBars } from './outcome-bars.js';

/** @import { PageContext } from '../view/page-context.js' */

/**
 * The outcomes of the last minutes as bars, with the numbers of the bar that is pointed at, and a table by the minute.
 * Returns what draws them anew.
 * @param {PageContext} page
 */
export function startOutcomeChart({ text: { text }, formats, state, loop }) {
  const paths = OUTCOMES.map((outcome) => svg('path', { class: 'outcome-bar', 'data-outcome': outcome }));
  const axis = svg('line', { class: 'axis', x1: 0, x2: BARS });
  const plot = svg(
    'svg',
    { viewBox: `0 0 ${BARS} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    ...paths,
    axis,
  );
  const top = element('span', { class: 'plot-top' });
  const from = element('span');
  const plotArea = element('div', { class: 'plot' }, plot, top);
  const numbers = OUTCOMES.map(() => element('span', { class: 'legend-number' }));
  const legend = element(
    'ul',
    { class: 'legend' },
    ...OUTCOMES.map((outcome, index) =>
      element(
        'li',
        { 'data-outcome': outcome },
        icon(outcome),
        element('span', {}, text(`outcome.${outcome}`)),
        numbers[index],
      ),
    ),
  );
  const note = element('p', { class: 'panel-note' });
  const outcomes = OUTCOMES.map((outcome) => text(`outcome.${outcome}`));
  const table = createBarTable([text('chart.minute'), ...outcomes]);
  const details = element('details', { class: 'as-table' }, element('summary', {}, text('flow.table')), table.table);
  const none = element('p', { class: 'chart-none' });
  byId('outcome-chart').replaceChildren(
    element('figcaption', {}, element('h3', {}, text('chart.outcomes')), note),
    plotArea,
    element('p', { class: 'plot-times', 'aria-hidden': 'true' }, from, element('span', {}, text('chart.now'))),
    none,
    legend,
    details,
  );
  /** @type {number | undefined} */
  let pointedAt;

  function draw() {
    if (!state.known) return;
    const { buckets, bucketSeconds } = state;
    const bars = outcomeBars(buckets);
    OUTCOMES.forEach((outcome, index) => paths[index]?.setAttribute('d', bars.paths[outcome]));
    axis.setAttribute('y1', String(bars.axis));
    axis.setAttribute('y2', String(bars.axis));
    setText(top, formats.short(bars.top));
    const now = Date.parse(state.at);
    setText(from, formats.minute(now - BARS * bucketSeconds * 1000));
    const isEmpty = buckets.every(({ succeeded, retrying, dead }) => succeeded + retrying + dead === 0);
    setText(none, isEmpty ? text('chart.outcomes.none') : '');
    const one = pointedAt === undefined ? undefined : buckets[buckets.length - BARS + pointedAt];
    const unit = text('chart.outcomes.note', { seconds: bucketSeconds });
    setText(note, one ? `${formats.time(one.at)} · ${unit}` : unit);
    OUTCOMES.forEach((outcome, index) => {
      const place = numbers[index];
      const sum = one ? one[outcome] : buckets.reduce((all, bucket) => all + bucket[outcome], 0);
      if (place) setText(place, formats.short(sum));
    });
    if (!details.open) return;
    table.render(
      byMinute(buckets).map((minute) => ({
        key: minute.at,
        label: formats.minute(minute.at),
        cells: OUTCOMES.map((outcome) => formats.number(minute[outcome])),
      })),
    );
  }

  const ask = loop.drawing(draw, 250);
  plotArea.addEventListener('pointermove', (event) => {
    const { left, width } = plotArea.getBoundingClientRect();
    pointedAt = Math.min(BARS - 1, Math.floor(((event.clientX - left) / width) * BARS));
    ask();
  });
  plotArea.addEventListener('pointerleave', () => {
    pointedAt = undefined;
    ask();
  });
  details.addEventListener('toggle', ask);
  return ask;
}
