/** @import { Text, TextKey } from '../text/language.js' */

/**
 * Puts the texts of the language in the places of the page that name them; what stands there is English already.
 * @param {Text} text
 */
export function translateStaticTexts({ text }) {
  for (const place of document.querySelectorAll('[data-text]')) place.textContent = text(keyOf(place, 'data-text'));
  for (const place of document.querySelectorAll('[data-label]')) {
    place.setAttribute('aria-label', text(keyOf(place, 'data-label')));
    if (place.matches('button')) place.setAttribute('title', text(keyOf(place, 'data-label')));
  }
  for (const place of document.querySelectorAll('[data-placeholder]'))
    place.setAttribute('placeholder', text(keyOf(place, 'data-placeholder')));
  for (const place of document.querySelectorAll('[data-content]'))
    place.setAttribute('content', text(keyOf(place, 'data-content')));
}

/** @param {Element} place @param {string} attribute */
const keyOf = (place, attribute) => /** @type {TextKey} */ (place.getAttribute(attribute));
