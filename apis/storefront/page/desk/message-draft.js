import { isRecord, parseJson } from './letter-body.js';

/** @import { LetterDetails } from './desk-api.js' */

/**
 * The text that an edit begins with: the message as it is, with the id that it is filed under, because that cannot change.
 * Where there is no message to be read, an empty one of that id.
 * @param {Pick<LetterDetails, 'message_id' | 'source' | 'body'>} letter
 * @returns {{ text: string, is: 'as_it_was' | 'given_its_id' | 'empty' }}
 */
export function draftOf({ message_id, source, body }) {
  const parsed = body.encoding === 'utf8' ? parseJson(body.text) : undefined;
  if (!isRecord(parsed)) return { text: written(emptyMessage(message_id, source)), is: 'empty' };
  if (parsed.message_id === message_id) return { text: written(parsed), is: 'as_it_was' };
  return { text: written({ ...parsed, message_id }), is: 'given_its_id' };
}

/**
 * Product and price of a draft as they are shown in fields; undefined where the text is no JSON object. What is there but
 * is no text is shown as JSON writes it.
 * @param {string} text
 */
export function fieldsOf(text) {
  const message = parseJson(text);
  if (!isRecord(message)) return undefined;
  const order = isRecord(message.order) ? message.order : {};
  return { product: shown(order.product), price: shown(order.price) };
}

/**
 * A draft with a field set to a text; as it is where it is no JSON object.
 * @param {string} text
 * @param {'product' | 'price'} field
 * @param {string} value
 */
export function setField(text, field, value) {
  const message = parseJson(text);
  if (!isRecord(message)) return text;
  return written({ ...message, order: { ...(isRecord(message.order) ? message.order : {}), [field]: value } });
}

/** @param {unknown} value */
const written = (value) => JSON.stringify(value, undefined, 2);

/** @param {unknown} value */
const shown = (value) => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));

/** @param {string} messageId @param {string} source */
const emptyMessage = (messageId, source) => ({
  schema_version: 1,
  message_id: messageId,
  processing: { processing_times: 1 },
  origin: { system: source, database_resource: '', schema_resource: '', table_resource: '' },
  order: { id: 0, product: '', price: '', created_at: '', security_check: false },
});
