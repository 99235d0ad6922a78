import { element } from '../view/element.js';

/** More than so many are not drawn, only written. */
const MOST_PIPS = 8;

/**
 * "Attempt 2 of 5" as a row of marks, and in words.
 * @param {{ attempt: number, of: number, outcome: string, said: string, short: string }} what
 */
export function attemptPips({ attempt, of, outcome, said, short }) {
  const pips = element('span', { class: 'pips', 'data-outcome': outcome, title: said });
  if (of <= MOST_PIPS && attempt <= of) {
    const marks = Array.from({ length: of }, (_, index) =>
      element('i', { class: index + 1 < attempt ? 'was' : index + 1 === attempt ? 'is' : '' }),
    );
    pips.append(element('span', { class: 'pip-marks', 'aria-hidden': 'true' }, ...marks));
  }
  pips.append(element('span', { 'aria-hidden': 'true' }, short), element('span', { class: 'unseen' }, said));
  return pips;
}
