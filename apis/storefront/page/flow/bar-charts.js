import { byId, element } from '../view/element.js';
import { attemptRows } from './attempt-rows.js';
import { createBarTable } from './bar-table.js';

/** @import { PageContext } from '../view/page-context.js' */
/** @import { BarRow } from './bar-table.js' */

/**
 * How many attempts stored orders needed, and why dead letters died. Returns what draws both anew.
 * @param {PageContext} page
 */
export function startBarCharts({ text: { text, known }, formats, state, loop }) {
  const needed = chart('needed-chart', text('chart.needed'), [
    text('chart.needed.attempt'),
    text('chart.needed.orders'),
  ]);
  const reasons = chart('reason-chart', text('chart.reasons'), [
    text('chart.reasons.reason'),
    text('chart.reasons.count'),
  ]);
  return loop.drawing(() => {
    const { totals } = state;
    if (!totals) return;
    needed.draw(
      attemptRows(totals.attempts_needed, state.maxAttempts).map(({ attempt, orders }) =>
        row(String(attempt), String(attempt), orders),
      ),
      text('chart.needed.none'),
    );
    const byReason = totals.dead_by_reason.filter(({ count }) => count > 0);
    reasons.draw(
      byReason.map(({ reason, count }) => row(reason, known(`reason.${reason}`, reason), count, 'dead')),
      text('chart.reasons.none'),
    );
  }, 250);

  /** @param {string} key @param {string} label @param {number} value @param {string} [outcome] */
  function row(key, label, value, outcome = 'succeeded') {
    return { key, label, value, cells: [formats.number(value)], share: 0, outcome };
  }
}

/** @param {string} id @param {string} title @param {string[]} columns */
function chart(id, title, columns) {
  const { table, render } = createBarTable(columns);
  const none = element('p', { class: 'chart-none' });
  byId(id).replaceChildren(element('figcaption', {}, element('h3', {}, title)), table, none);
  return {
    /** @param {(BarRow & { value: number })[]} rows @param {string} whenNone */
    draw(rows, whenNone) {
      const most = Math.max(1, ...rows.map(({ value }) => value));
      const isEmpty = rows.every(({ value }) => value === 0);
      table.hidden = isEmpty;
      none.textContent = isEmpty ? whenNone : '';
      render(rows.map((row) => ({ ...row, share: row.value / most })));
    },
  };
}
