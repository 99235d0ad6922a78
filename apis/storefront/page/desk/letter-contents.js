import { element } from '../view/element.js';
import { kindOfBody, readable } from './letter-body.js';

/** @import { LetterDetails } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * Body and headers of a dead letter, to be opened.
 * @param {Pick<DeskContext, 'text' | 'formats'>} page
 * @param {LetterDetails} letter
 */
export function letterContents({ text: { text, count }, formats }, { body, headers, type }) {
  const kind = kindOfBody(body);
  const size = [count('letter.bytes', body.bytes), ...(body.cut ? [text('letter.body.cut')] : [])].join(' · ');
  const names = Object.keys(headers).sort();
  return [
    part('letter-body', text('letter.body'), `${text(`letter.body.${kind}`)} · ${size}`, [
      code(kind === 'json' ? readable(body.text) : body.text, text('letter.body')),
    ]),
    part('letter-headers', text('letter.headers'), formats.number(names.length), [
      element(
        'dl',
        { class: 'headers' },
        ...(type === '' ? [] : header('type', type)),
        ...names.flatMap((name) => header(name, headers[name])),
      ),
    ]),
  ];
}

/** @param {string} id @param {string} title @param {string} note @param {HTMLElement[]} content */
const part = (id, title, note, content) =>
  element(
    'details',
    { class: 'part', id },
    element(
      'summary',
      {},
      element('span', { class: 'part-name' }, title),
      ' ',
      element('span', { class: 'quiet' }, note),
    ),
    ...content,
  );

/** @param {string} name @param {unknown} value */
const header = (name, value) => [
  element('dt', {}, element('code', {}, name)),
  element('dd', {}, element('code', {}, element('bdi', {}, typeof value === 'string' ? value : JSON.stringify(value)))),
];

/**
 * A text as it is, in a box that can be scrolled by the keyboard too.
 * @param {string} content
 * @param {string} label
 */
export const code = (content, label) =>
  element(
    'pre',
    { class: 'code', tabindex: 0, role: 'group', 'aria-label': label },
    element('code', { dir: 'ltr' }, content),
  );
