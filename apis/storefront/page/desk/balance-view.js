import { createPoll } from '../view/poll.js';
import { byId, element, foreignText, icon, setAttribute, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';
import { whyItFailed } from '../view/request.js';
import { PARTS, partsOf, verdictOf } from './balance-parts.js';
import { fetchBalance } from './desk-api.js';

/** @import { Balance } from './desk-api.js' */
/** @import { SourceBalance } from './balance-parts.js' */
/** @import { DeskContext } from './desk-context.js' */

const EVERY = 1_500;
const ICONS = { away: 'alert', counting: 'waiting', moving: 'retrying', balanced: 'succeeded', unaccounted: 'alert' };

/**
 * The books, live: the rows of each source and what became of them, and what does not come out. Returns what asks anew.
 * @param {DeskContext} page
 */
export function startBalance(page) {
  const { text, formats, clock } = page;
  const section = byId('balance');
  const note = byId('balance-note');
  const unknown = byId('balance-unknown');
  const showUnaccounted = page.onDemand(async () =>
    (await import('./unaccounted-dialog.js')).createUnaccountedDialog(page),
  );
  /** @type {Balance | undefined} */
  let balance;
  /** @type {Map<string, SourceBalance>} */
  let sources = new Map();
  const list = createKeyedList(byId('balance-sources'), {
    key: (/** @type {SourceBalance} */ { source }) => source,
    create: (source) => {
      const row = createRow(source.source);
      update(row, source);
      return row;
    },
    update,
  });

  /** @param {string} source */
  function createRow(source) {
    const link = element('button', { type: 'button', class: 'link', 'data-part': 'link', 'aria-haspopup': 'dialog' });
    link.addEventListener('click', () => {
      const known = sources.get(source);
      if (known) void showUnaccounted(known);
    });
    const parts = PARTS.map((part) =>
      element(
        'div',
        { class: 'book-part', 'data-book': part },
        element('dt', {}, element('i', { class: 'swatch' }), text.text(`balance.${part}`)),
        element('dd', { 'data-part': part }),
      ),
    );
    return element(
      'li',
      { class: 'book' },
      element(
        'div',
        { class: 'book-head' },
        element('h3', {}, foreignText(source)),
        element('p', { class: 'book-rows', 'data-part': 'rows' }),
        element(
          'p',
          { class: 'book-verdict', 'data-part': 'verdict' },
          element('span', { 'data-part': 'icon' }),
          element('span', { 'data-part': 'said' }),
          link,
        ),
      ),
      element(
        'div',
        { class: 'book-bar', 'aria-hidden': 'true' },
        ...PARTS.map((part) => element('span', { 'data-book': part })),
      ),
      element('dl', { class: 'book-parts' }, ...parts),
    );
  }

  /** @param {HTMLElement} row @param {SourceBalance} source */
  function update(row, source) {
    if (!balance) return;
    const place = (/** @type {string} */ part) =>
      /** @type {HTMLElement} */ (row.querySelector(`[data-part="${part}"]`));
    const verdict = verdictOf(balance, source);
    const rows = source.rows === null ? text.text('balance.rows.unknown') : text.count('balance.rows', source.rows);
    setText(place('rows'), rows);
    for (const { name, count, share } of partsOf(source)) {
      setText(place(name), count === null ? '–' : formats.number(count));
      const bar = /** @type {HTMLElement} */ (row.querySelector(`.book-bar [data-book="${name}"]`));
      bar.style.flexGrow = String(share);
      bar.hidden = share === 0;
    }
    setAttribute(row, 'data-verdict', verdict);
    if (place('icon').dataset.is !== verdict) place('icon').replaceChildren(icon(ICONS[verdict]));
    place('icon').dataset.is = verdict;
    setText(place('said'), verdict === 'unaccounted' ? '' : text.text(`balance.${verdict}`));
    place('link').hidden = verdict !== 'unaccounted';
    setText(place('link'), verdict === 'unaccounted' ? unaccounted(source.difference ?? 0) : '');
  }

  /** @param {number} difference */
  const unaccounted = (difference) =>
    difference > 0 ? text.count('balance.missing', difference) : text.count('balance.too-many', -difference);

  /** @param {Balance} next */
  function draw(next) {
    const wasBalanced = balance?.balanced;
    balance = next;
    clock.saw(next.as_of);
    sources = new Map(next.sources.map((source) => [source.source, source]));
    section.setAttribute('aria-busy', 'false');
    section.dataset.stale = 'false';
    list.render(next.sources);
    const sums = next.unknown.dead + next.unknown.redriving + next.unknown.discarded;
    setText(unknown, sums > 0 ? text.count('balance.unknown', sums) : '');
    setText(note, noteOf(next));
    if (next.balanced === false && wasBalanced !== false) page.announce(text.text('balance.announce.off'));
  }

  /** @param {Balance} next */
  function noteOf({ complete, held_back: heldBack, queues, balanced, sources: all }) {
    if (all.length === 0) return text.text('balance.none');
    if (!complete) return text.text('balance.counting.note');
    if (heldBack) return text.text('connection.held-back', { time: formats.time(heldBack.since) });
    const queue = (/** @type {number | null} */ count) => (count === null ? '–' : formats.number(count));
    const values = {
      primary: queue(queues.primary_queue),
      retries: formats.number(queues.retries),
      dlq: queue(queues.dlq_queue),
    };
    return text.text(balanced === null ? 'balance.note.moving' : 'balance.note.quiet', values);
  }

  const poll = createPoll({
    read: fetchBalance,
    every: () => EVERY,
    onAnswer: draw,
    onFailure: (error) => {
      section.setAttribute('aria-busy', 'false');
      section.dataset.stale = 'true';
      const why = whyItFailed(error, text);
      setText(
        note,
        balance ? text.text('stale', { time: formats.time(balance.as_of), why }) : text.text('failed', { why }),
      );
      if (!balance) byId('balance-sources').replaceChildren();
    },
  });
  return poll.now;
}
