import type { FastifySchemaCompiler } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { ApiError } from './errors.ts';

/**
 * Validates requests against their TypeBox schemas. A body is taken as it is: `"5"` is no number. What stands in a URL
 * is always text, so there `5` is read as a number where the schema asks for one (`5.5` is still no integer), and
 * defaults are filled in.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const where = httpPart === undefined ? '' : (NAMES.get(httpPart) ?? httpPart);
  return (given: unknown) => {
    const value = httpPart === 'body' ? given : Value.Default(schema, fromText(schema, given));
    if (validator.Check(value)) return { value };
    // "additionalProperties" names what is not known; that the schema of each such property is false says nothing more.
    const faults = validator
      .Errors(value)
      .filter((fault) => fault.keyword !== 'boolean')
      .map((fault) => describe(where, fault));
    return { error: new ApiError(400, 'INVALID_REQUEST', `${[...new Set(faults)].slice(0, 10).join('; ')}.`) };
  };
};

/** Reads the parameters of a URL as what their schema asks for; what cannot be read stays text, and is refused. */
function fromText(schema: TSchema, given: unknown): unknown {
  if (typeof given !== 'object' || given === null || !Type.IsObject(schema)) return given;
  const read = ([name, text]: [string, unknown]): [string, unknown] => {
    const wanted = schema.properties[name];
    if (wanted === undefined || typeof text !== 'string') return [name, text];
    if (Type.IsBoolean(wanted) && (text === 'true' || text === 'false')) return [name, text === 'true'];
    if ((Type.IsInteger(wanted) || Type.IsNumber(wanted)) && /^-?\d+(\.\d+)?$/.test(text)) return [name, Number(text)];
    return [name, text];
  };
  return Object.fromEntries(Object.entries(given).map(read));
}

const NAMES = new Map([
  ['body', 'body'],
  ['querystring', 'query parameter'],
  ['params', 'path parameter'],
  ['headers', 'header'],
]);

interface Fault {
  keyword: string;
  instancePath: string;
  message: string;
  params: object;
}

function describe(where: string, fault: Fault): string {
  const path = fault.instancePath.slice(1).replaceAll('/', '.');
  const unknown = 'additionalProperties' in fault.params ? fault.params.additionalProperties : undefined;
  if (Array.isArray(unknown)) return `${where}: ${unknown.map(String).join(', ')} is not known here`;
  return path === '' ? `${where} ${fault.message}` : `${where} "${path}" ${fault.message}`;
}
