/** An answer that is none: `status` of it, or undefined where nothing answered; `said` is its message, if it has one. */
export class RequestFailed extends Error {
  /**
   * @param {number | undefined} status
   * @param {string | undefined} said
   */
  constructor(status, said) {
    super(said ?? `status ${status ?? 'none'}`);
    this.name = 'RequestFailed';
    this.status = status;
    this.said = said;
  }
}

/** @typedef {Record<string, string | undefined>} Query */

/**
 * Asks for JSON. Throws `RequestFailed`, or an AbortError where `signal` says so.
 * @param {string} path
 * @param {Query} query
 * @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
export async function ask(path, query, signal) {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const parameters = new URLSearchParams(given);
  return answerOf(`${path}${parameters.size > 0 ? `?${parameters}` : ''}`, { signal });
}

/**
 * Sends an order as JSON (or none, where there is nothing to say) and gives its answer. Throws as `ask` does. It is not
 * sent twice: who ordered it decides that.
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>}
 */
export const order = (path, body, signal = AbortSignal.timeout(60_000)) =>
  answerOf(path, {
    method: 'POST',
    signal,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

/** @param {string} address @param {RequestInit & { signal: AbortSignal }} options */
async function answerOf(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (options.signal.aborted && !isTimeout(options.signal)) throw error;
    throw new RequestFailed(undefined, undefined);
  }
  const body = /** @type {unknown} */ (await answer.json().catch(() => undefined));
  if (answer.ok) return body;
  const said = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : undefined;
  throw new RequestFailed(answer.status, said);
}

/** @param {AbortSignal} signal */
const isTimeout = ({ reason }) => reason instanceof DOMException && reason.name === 'TimeoutError';

/**
 * Why a request failed, for a reader.
 * @param {unknown} error
 * @param {import('../text/language.js').Text} text
 */
export function whyItFailed(error, { text }) {
  if (!(error instanceof RequestFailed) || error.status === undefined) return text('error.network');
  return error.said ?? text('error.status', { status: error.status });
}
