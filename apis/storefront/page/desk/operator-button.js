import { element, setAttribute } from '../view/element.js';

/** @import { Child } from '../view/element.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * Why whoever looks at the page cannot change anything; undefined where they can.
 * @param {Pick<DeskContext, 'text' | 'session'>} page
 */
export function whyNot({ text: { text }, session }) {
  if (session.isOperator()) return undefined;
  return session.current() === undefined ? text('may.nobody') : text('may.viewer');
}

/**
 * A button that only an operator can use. For everybody else it is there, says why not, and does nothing.
 * @param {Pick<DeskContext, 'text' | 'session'>} page
 * @param {import('../view/element.js').Attributes} attributes
 * @param {() => void} run
 * @param {...Child} children
 */
export function operatorButton(page, attributes, run, ...children) {
  const button = element('button', { type: 'button', 'data-operator': true, ...attributes }, ...children);
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') !== 'true') run();
  });
  allow(page, button);
  return button;
}

/** After somebody logged in or out. @param {Pick<DeskContext, 'text' | 'session'>} page */
export function allowOperatorButtons(page) {
  for (const button of document.querySelectorAll('[data-operator]')) allow(page, button);
}

/**
 * Sets whether such a button works: by who is logged in, and by `data-reason`, which says why it would be in vain.
 * @param {Pick<DeskContext, 'text' | 'session'>} page
 * @param {Element} button
 */
export function allow(page, button) {
  const reason = whyNot(page) ?? (button.getAttribute('data-reason') || undefined);
  setAttribute(button, 'aria-disabled', reason === undefined ? undefined : 'true');
  setAttribute(button, 'title', reason);
  setAttribute(button, 'aria-description', reason);
}
