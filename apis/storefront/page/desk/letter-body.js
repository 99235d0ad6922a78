/** @import { LetterDetails } from './desk-api.js' */

/**
 * A text for people to read: JSON with a line for each value, anything else as it is.
 * @param {string} text
 */
export function readable(text) {
  const parsed = parseJson(text);
  return parsed === undefined ? text : JSON.stringify(parsed, undefined, 2);
}

/**
 * The value of a JSON text; undefined where it is none.
 * @param {string} text
 * @returns {unknown}
 */
export function parseJson(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What a body is: JSON, other text, or bytes that are no text.
 * @param {LetterDetails['body']} body
 * @returns {'json' | 'text' | 'base64'}
 */
export function kindOfBody({ encoding, text }) {
  if (encoding === 'base64') return 'base64';
  return parseJson(text) === undefined ? 'text' : 'json';
}
