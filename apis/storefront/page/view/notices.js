import { byId, element, icon, setText } from './element.js';

/** @import { PageContext } from './page-context.js' */

/**
 * @typedef {object} Notice
 * @property {'bad' | 'warn' | 'info'} tone
 * @property {string} text
 * @property {{ text: string, run: () => void }} [action]
 * @property {boolean} [canDismiss]
 */

/**
 * The notices above the content: one a subject, each said once to a screen reader. A countdown is only seen, never said.
 * @param {Pick<PageContext, 'text'>} page
 */
export function startNotices({ text: { text } }) {
  const region = byId('notices');
  /** @type {Map<string, { notice: Notice, row: HTMLElement, countdown: HTMLElement }>} */
  const shown = new Map();

  /** @param {string} subject */
  function hide(subject) {
    shown.get(subject)?.row.remove();
    shown.delete(subject);
  }

  return {
    hide,
    /**
     * @param {string} subject
     * @param {Notice} notice
     */
    show(subject, notice) {
      if (shown.get(subject)?.notice.text === notice.text) return;
      hide(subject);
      const countdown = element('span', { class: 'notice-countdown', 'aria-hidden': 'true' });
      const row = element(
        'div',
        { class: 'notice', 'data-tone': notice.tone },
        icon(notice.tone === 'info' ? 'info' : 'alert'),
        element('p', {}, element('span', {}, notice.text), ' ', countdown),
      );
      if (notice.action) {
        const button = element('button', { type: 'button', class: 'button' }, notice.action.text);
        button.addEventListener('click', notice.action.run);
        row.append(button);
      }
      if (notice.canDismiss) {
        const label = text('dismiss');
        const button = element('button', { type: 'button', class: 'icon-button', 'aria-label': label }, icon('close'));
        button.addEventListener('click', () => hide(subject));
        row.append(button);
      }
      shown.set(subject, { notice, row, countdown });
      region.append(row);
    },
    /** @param {string} subject @param {string} said */
    countDown(subject, said) {
      const known = shown.get(subject);
      if (known) setText(known.countdown, said);
    },
  };
}
/** @typedef {ReturnType<typeof startNotices>} Notices */
