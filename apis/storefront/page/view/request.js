/**
 * An answer that is none: `status` of it, or undefined where nothing answered; `said` is its message and `code` the stable
 * name of the error, if it has them.
 */
export class RequestFailed extends Error {
  /**
   * @param {number | undefined} status
   * @param {string | undefined} said
   * @param {string} [code]
   */
  constructor(status, said, code) {
    super(said ?? `status ${status ?? 'none'}`);
    this.name = 'RequestFailed';
    this.status = status;
    this.said = said;
    this.code = code;
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
  const { message, code } = /** @type {{ message?: unknown, code?: unknown }} */ (body ?? {});
  throw new RequestFailed(answer.status, textOf(message), textOf(code));
}

/** @param {unknown} value */
const textOf = (value) => (typeof value === 'string' ? value : undefined);

/** @param {AbortSignal} signal */
const isTimeout = ({ reason }) => reason instanceof DOMException && reason.name === 'TimeoutError';

/**
 * Whether what failed may be had later by the same request: nothing answered, or something behind the API was away. What
 * the API refuses it would refuse again.
 * @param {unknown} error
 */
export const mayPass = (error) => error instanceof RequestFailed && (error.status === undefined || error.status >= 500);

/**
 * Why a request failed, for a reader: in the language of the page where the error is one that it knows. What is wrong with
 * what was asked only the server can say, in English; what went wrong within it is nothing for a reader.
 * @param {unknown} error
 * @param {Pick<import('../text/language.js').Text, 'text' | 'known'>} text
 */
export function whyItFailed(error, { text, known }) {
  if (!(error instanceof RequestFailed) || error.status === undefined) return text('error.network');
  const { status, code, said } = error;
  const otherwise = text('error.status', { status });
  return known(`error.code.${code}`, status < 500 ? (said ?? otherwise) : otherwise);
}
