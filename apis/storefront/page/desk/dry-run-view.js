import { element, foreignText, icon } from '../view/element.js';

/** @import { DryRunAnswer } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * What an order would do, by sources and causes, before anything moves.
 * @param {Pick<DeskContext, 'text' | 'formats'>} page
 * @param {'redrive' | 'discard' | 'restore'} kind
 */
export function createDryRunView({ text, formats }, kind) {
  const box = element('section', { class: 'dry-run', 'aria-live': 'polite', 'aria-label': text.text('dry-run.title') });

  /** @param {string} title @param {{ name: string, count: number }[]} rows */
  function table(title, rows) {
    return element(
      'table',
      { class: 'counts' },
      element('caption', {}, title),
      element(
        'tbody',
        {},
        ...rows.map(({ name, count }) =>
          element(
            'tr',
            {},
            element('th', { scope: 'row' }, foreignText(name)),
            element('td', {}, formats.number(count)),
          ),
        ),
      ),
    );
  }

  return {
    element: box,
    showLoading() {
      box.replaceChildren(
        element('p', { class: 'unseen' }, text.text('dry-run.loading')),
        element('p', { class: 'bone bone-line' }),
        element('p', { class: 'bone bone-line' }),
      );
    },
    /** @param {DryRunAnswer} answer */
    show({ count, not_redrivable: without, sources, causes }) {
      const moves = kind === 'redrive' ? count - without : count;
      box.replaceChildren(
        element(
          'p',
          { class: 'dry-run-sum' },
          element('strong', {}, formats.number(moves)),
          ' ',
          text.text(`${kind}.would`),
        ),
        ...(kind === 'redrive' && without > 0
          ? [
              element(
                'p',
                { class: 'dry-run-not' },
                icon('alert'),
                element('span', {}, text.count('redrive.not', without)),
              ),
            ]
          : []),
        ...(count === 0
          ? []
          : [
              element(
                'div',
                { class: 'dry-run-tables' },
                table(
                  text.text('dry-run.sources'),
                  sources.map(({ source, count: of }) => ({ name: source, count: of })),
                ),
                table(
                  text.text('dry-run.causes'),
                  causes.map(({ cause, count: of }) => ({ name: cause, count: of })),
                ),
              ),
            ]),
        element('p', { class: 'field-hint' }, text.text('dry-run.frozen')),
      );
    },
    /** @param {string} why @param {() => void} again */
    showFailure(why, again) {
      const button = element('button', { type: 'button', class: 'button is-small' }, text.text('order.again'));
      button.addEventListener('click', again);
      box.replaceChildren(element('p', {}, text.text('dry-run.failed', { why })), button);
    },
  };
}
