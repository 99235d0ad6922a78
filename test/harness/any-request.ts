import fc from 'fast-check';
import { expect } from 'vitest';

/** A request as a property draws it. */
export interface AnyRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  type: string;
  body: Buffer;
}

/** Texts that no query parameter expects. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constantFrom('1', '-1', '1e99', '', '\0', 'true'),
);
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text.slice(0, -1))),
);

/** Requests that are far from what an API takes, to paths that it has and to such as mislead a router. */
export const wildRequest = (
  paths: [string, ...string[]],
  ...bodies: fc.Arbitrary<Buffer>[]
): fc.Arbitrary<AnyRequest> =>
  fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
    path: fc.oneof(
      fc.constantFrom(...paths),
      fc.constantFrom('/%00', '/%', '/v0/%2e%2e/orders', '/docs/static/../../package.json', '//', '/v0/orders/'),
      fc.webPath(),
    ),
    query: fc.dictionary(fc.string({ maxLength: 5 }), anyText, { maxKeys: 3 }),
    type: fc.constantFrom(
      'application/json',
      'application/json; charset=latin1',
      'text/csv; charset=utf-16',
      'application/octet-stream',
      'multipart/form-data',
      'x',
    ),
    body: fc.oneof(garbage, ...bodies),
  });

/**
 * Sends what is drawn, and asks of each answer that it is no error of the server and, where it refuses, says why in the
 * form of all our APIs. Resolves with how often each status came; rejects with the request that failed.
 */
export async function expectAnswers(
  url: string,
  requests: fc.Arbitrary<AnyRequest>,
  {
    numRuns,
    headers = () => ({}),
    filledIn = (request) => request,
    answered = () => undefined,
  }: {
    numRuns: number;
    /** Further headers, asked for at each request. */
    headers?: () => Record<string, string>;
    /** What of a request is known only when it is sent. */
    filledIn?: (request: AnyRequest) => AnyRequest;
    answered?: (status: number, text: string, request: AnyRequest) => void | Promise<void>;
  },
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  const run = await fc.check(
    fc.asyncProperty(requests, async (drawn) => {
      const request = filledIn(drawn);
      const { method, path, query, type, body } = request;
      const search = new URLSearchParams(query).toString();
      const hasBody = method !== 'GET';
      const response = await fetch(`${url}${path}${search === '' ? '' : `?${search}`}`, {
        method,
        redirect: 'manual',
        headers: { ...headers(), ...(hasBody && { 'content-type': type }) },
        ...(hasBody && { body: new Uint8Array(body) }),
      });
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      expect(response.status, text).toBeLessThan(500);
      if (response.status >= 400) {
        const answer = JSON.parse(text) as { statusCode: number; code: string; message: string };
        expect(answer.statusCode).toBe(response.status);
        expect(answer.code).toMatch(/^[A-Z_]+$/);
        expect(answer.message).not.toBe('');
      }
      await answered(response.status, text, request);
    }),
    { numRuns, endOnFailure: true },
  );
  if (run.failed) {
    const [request] = run.counterexample ?? [];
    const shown = request && JSON.stringify({ ...request, body: request.body.toString() });
    throw new Error(`${shown} fails, with { seed: ${run.seed} }`, { cause: run.errorInstance });
  }
  return statuses;
}
