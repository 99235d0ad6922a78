import { isRecord, parseJson } from './letter-body.js';

/**
 * The rules by which a consumer takes an order, so that somebody who mends one is told of a fault before it dies again.
 * The consumer has the last word; a test holds both to the same examples.
 */
const POSITIVE_PRICE = /^(?=.*[1-9])\d{1,100}(\.\d{1,2})?$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const MOST_CHARACTERS = 10_000;
const MOST_BYTES = 256 * 1024;

/** @import { DeskTextKey } from '../text/desk-language.js' */
/** @typedef {{ field: 'product' | 'price' | 'json', key: DeskTextKey, values?: Record<string, string | number> }} Fault */

/**
 * The message that a text is, and what is wrong with it.
 * @param {string} text
 * @param {string} messageId the id it is filed under
 * @returns {{ message: Record<string, unknown> | undefined, faults: Fault[] }}
 */
export function checkDraft(text, messageId) {
  const message = parseJson(text);
  if (message === undefined) return { message: undefined, faults: [{ field: 'json', key: 'edit.fault.json' }] };
  if (!isRecord(message)) return { message: undefined, faults: [{ field: 'json', key: 'edit.fault.object' }] };
  const faults = [...faultsOfMessage(message, messageId), ...faultsOfOrder(message.order)];
  if (new TextEncoder().encode(JSON.stringify(message)).length > MOST_BYTES)
    faults.push({ field: 'json', key: 'edit.fault.size', values: { bytes: MOST_BYTES } });
  return { message, faults };
}

/** @param {Record<string, unknown>} message @param {string} messageId @returns {Fault[]} */
function faultsOfMessage({ schema_version, message_id, processing, origin }, messageId) {
  const times = isRecord(processing) ? processing.processing_times : undefined;
  const system = isRecord(origin) ? origin.system : undefined;
  const faults = [
    schema_version === 1 ? undefined : wrong('schema_version', '1'),
    message_id === messageId ? undefined : wrong('message_id', messageId),
    Number.isInteger(times) && Number(times) >= 1 ? undefined : wrong('processing.processing_times', '1'),
    isText(system) && system !== '' && Array.from(system).length <= 63 ? undefined : wrong('origin.system', 'system_1'),
    ...['database_resource', 'schema_resource', 'table_resource'].map((name) =>
      isText(isRecord(origin) ? origin[name] : undefined) ? undefined : wrong(`origin.${name}`, '""'),
    ),
  ];
  return faults.filter((fault) => fault !== undefined);
}

/** @param {unknown} order @returns {Fault[]} */
function faultsOfOrder(order) {
  if (!isRecord(order)) return [wrong('order', '{ … }')];
  const { id, product, price, created_at, security_check } = order;
  const faults = [
    Number.isSafeInteger(id) ? undefined : wrong('order.id', '149'),
    faultOfProduct(product),
    typeof price === 'string' && POSITIVE_PRICE.test(price)
      ? undefined
      : /** @type {Fault} */ ({ field: 'price', key: 'edit.fault.price' }),
    typeof created_at === 'string' && TIMESTAMP.test(created_at) && !Number.isNaN(Date.parse(created_at))
      ? undefined
      : wrong('order.created_at', '2026-01-31T09:00:00Z'),
    typeof security_check === 'boolean' ? undefined : wrong('order.security_check', 'true'),
  ];
  return faults.filter((fault) => fault !== undefined);
}

/** @param {unknown} product @returns {Fault | undefined} */
function faultOfProduct(product) {
  if (typeof product !== 'string' || product.trim() === '') return { field: 'product', key: 'edit.fault.product' };
  if (Array.from(product).length > MOST_CHARACTERS)
    return { field: 'product', key: 'edit.fault.product-length', values: { most: MOST_CHARACTERS } };
  // Endput takes no text with a NUL.
  return product.isWellFormed() && !product.includes('\0')
    ? undefined
    : { field: 'product', key: 'edit.fault.product-text' };
}

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string' && !value.includes('\0');

/** @param {string} path @param {string} example @returns {Fault} */
const wrong = (path, example) => ({ field: 'json', key: 'edit.fault.field', values: { path, example } });

/**
 * The field that a refusal by the API is about, by what it names.
 * @param {string} said
 * @returns {Fault['field']}
 */
export function fieldOfRefusal(said) {
  if (/\bproduct\b/i.test(said)) return 'product';
  return /\bprice\b/i.test(said) ? 'price' : 'json';
}
