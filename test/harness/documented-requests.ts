import fc from 'fast-check';
import { anyText, type AnyRequest } from './any-request.ts';

interface JsonSchema {
  $ref?: string;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  type?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}
interface Operation {
  parameters?: { in: string; name: string; required?: boolean; schema: JsonSchema }[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
}
/** What of an OpenAPI document says how an API is asked. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, JsonSchema> };
}

/** Stands wherever the document asks for a text of a certain form: replaced by something that the API knows. */
export const KNOWN = 'KNOWN';

/** Requests by what an API says of itself: most of them are as it wants them, the others wrong in one place or two. */
export function documentedRequests(document: ApiDocument): fc.Arbitrary<AnyRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      // What changes something has more to go wrong, and fewer of these requests get through.
      weight: method === 'get' ? 1 : 3,
      arbitrary: requestTo(path, method.toUpperCase(), operation),
    })),
  );
  return fc.oneof(...operations);

  function requestTo(path: string, method: string, { parameters = [], requestBody }: Operation) {
    const query = Object.fromEntries(
      parameters.filter((one) => one.in === 'query').map((one) => [one.name, near(one.schema).map(asText)]),
    );
    const names = parameters.filter((one) => one.in === 'query' && one.required === true).map((one) => one.name);
    const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
    return fc.record<AnyRequest>({
      method: fc.constant(method),
      path: placeIn(path),
      query: fc.record(query, { requiredKeys: names }),
      type: fc.constant('application/json'),
      body:
        schema === undefined
          ? fc.constant(Buffer.alloc(0))
          : near(schema).map((value) => Buffer.from(JSON.stringify(value))),
    });
  }

  function near(schema: JsonSchema): fc.Arbitrary<unknown> {
    return fc.oneof(
      { weight: 40, arbitrary: fitting(schema) },
      { weight: 1, arbitrary: fc.oneof(anyText, fc.jsonValue({ maxDepth: 1 })) },
    );
  }

  function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) return fitting(referred(schema.$ref));
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(fitting));
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    switch (schema.type) {
      case 'object': {
        const properties = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, near(one)]);
        return fc.record(Object.fromEntries(properties) as Record<string, fc.Arbitrary<unknown>>, {
          requiredKeys: schema.required ?? [],
        });
      }
      case 'array':
        return fc.array(near(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 });
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000_000 });
      case 'number':
        return fc.double({ min: schema.minimum ?? -10, max: schema.maximum ?? 1e6, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'string':
        return schema.pattern?.startsWith('^') ? fc.constant(KNOWN) : TEXT;
      case undefined:
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  }

  function referred(reference: string): JsonSchema {
    const found = document.components?.schemas?.[reference.split('/').at(-1) ?? ''];
    if (found === undefined) throw new Error(`the document has no ${reference}`);
    return found;
  }
}

const TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(KNOWN, 'system_1', '2026-01-31', '2026-01-31T12:00:00Z', '0000-01-01', '+099999-01-01T00:00:00Z'),
  fc.constantFrom('\ud800', "'; drop table orders; --", '%', '_', '\\', 'x'.repeat(1_000), '"', 'a thing'),
);

const placeIn = (path: string) =>
  fc
    .oneof({ weight: 8, arbitrary: fc.constant(KNOWN) }, { weight: 1, arbitrary: anyText })
    .map((place) => path.replace(/\{\w+\}/g, encodeURIComponent(place.toWellFormed())));

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
