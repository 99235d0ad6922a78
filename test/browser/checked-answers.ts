import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { HttpServer } from '../../apis/http/http-server.ts';

/**
 * Holds every answer of an API to the schema that its route has for it; one that has none, or does not fit, is answered
 * with an error. Returns what was wrong so far, in words.
 */
export function checkAnswers(app: HttpServer): readonly string[] {
  const wrong: string[] = [];
  app.addHook('preSerialization', (request, { statusCode }, payload) => {
    if (!request.url.startsWith('/v0/') || statusCode >= 400) return Promise.resolve(payload);
    const route = `${request.method} ${request.routeOptions.url ?? request.url}`;
    const answers = request.routeOptions.schema?.response as Record<number, TSchema> | undefined;
    const faults = faultsOf(answers?.[statusCode], payload);
    wrong.push(...faults.map((fault) => `${route} (${statusCode}): ${fault}`));
    return faults.length > 0 ? Promise.reject(new Error(faults.join('; '))) : Promise.resolve(payload);
  });
  return wrong;
}

function faultsOf(schema: TSchema | undefined, payload: unknown): string[] {
  if (schema === undefined) return ['the route has no schema for that'];
  if (Value.Check(schema, payload)) return [];
  return Value.Errors(schema, payload).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
