import type { IncomingMessage } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { ApiError } from '../../http/errors.ts';
import type { HttpServer } from '../../http/http-server.ts';
import { readCsvRows } from '../import/csv-rows.ts';
import { LISTED_REJECTIONS, type Imports } from '../import/import-orders.ts';
import { readNdjsonRows } from '../import/ndjson-rows.ts';
import type { SourceDatabase } from '../source-database.ts';
import { errorAnswers } from '../../http/error-answers.ts';

const FORMATS = new Map<string, 'csv' | 'ndjson'>([
  ['text/csv', 'csv'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
]);

const description = `
The body is the file itself, as CSV (RFC 4180, a header line first) or NDJSON (a JSON object a line), in UTF-8, of any size:

    curl -X POST --data-binary @orders.csv -H 'content-type: text/csv' \\
      'http://127.0.0.1:8001/v0/orders/import?product=Description&price=UnitPrice'

* Rows are committed 5,000 at a time. **Committed rows stay**, also when the client or the database goes away midway.
* A row that cannot be read is reported with the line on which it begins, and the others go in: wrong number of columns,
  broken quotes, no UTF-8, a NUL, a product of more than 10,000 characters, a price that is no decimal number. The first
  ${LISTED_REJECTIONS} are listed, all are counted.
* Dirty rows are legal in a source and go in: an empty product, a price of zero, below zero or with three decimals.
* Of the product only outer white space is taken off.
* Prices are decimal numbers with a point. In NDJSON write them as strings; a JSON number is taken where it is exact
  (15 digits at most), because money never passes through a float that changes it.
* Times are ISO 8601; one without a zone is UTC.`;

/** `POST /v0/orders/import`: a file of orders, streamed into the source. */
export function registerImportOrders(app: HttpServer, services: { imports: Imports; database: SourceDatabase }): void {
  app.register((plugin, _options, done) => {
    const scope = plugin.withTypeProvider<TypeBoxTypeProvider>();
    // Every body comes as the stream that it is, also one of a content type that is refused below with what to send.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    scope.post(
      '/v0/orders/import',
      {
        // The body is validated row by row, not by the schema that documents it.
        validatorCompiler: (part) =>
          part.httpPart === 'body' ? () => true : (app.validatorCompiler?.(part) ?? (() => true)),
        schema: {
          tags: ['orders'],
          summary: 'Import a CSV or NDJSON file',
          description,
          querystring: Type.Object(
            {
              product: columnName('product', 'product'),
              price: columnName('price', 'price'),
              security_check: Type.Optional(columnName('security_check, true or false; without it every row is true')),
              created_at: Type.Optional(columnName('created_at, ISO 8601; without it every row is inserted as of now')),
              delimiter: Type.Enum([',', ';', '|', 'tab'], {
                default: ',',
                description: 'What separates CSV columns.',
              }),
            },
            { additionalProperties: false },
          ),
          body: {
            content: {
              'text/csv': { schema: Type.String({ format: 'binary', examples: ['product,price\nTea,2.55\n'] }) },
              'application/x-ndjson': {
                schema: Type.String({ format: 'binary', examples: ['{"product":"Tea","price":"2.55"}\n'] }),
              },
            },
          },
          response: {
            201: Type.Object(
              {
                rows: Type.Integer({ description: 'Rows that are in.' }),
                rejected_count: Type.Integer({ description: 'Rows that could not be read.' }),
                rejected: Type.Array(
                  Type.Object({
                    line: Type.Integer({ description: '1-based line of the file on which the row begins.' }),
                    reason: Type.String(),
                  }),
                ),
              },
              {
                description: 'The file was read to its end.',
                examples: [
                  {
                    rows: 2,
                    rejected_count: 1,
                    rejected: [{ line: 3, reason: 'price "n/a" is no number such as 12.50' }],
                  },
                ],
              },
            ),
            ...errorAnswers({
              400: 'A column is not in the file (the answer names those that are), or it is no such file. Nothing is in.',
              415: 'The content type is neither text/csv nor application/x-ndjson, or the body is compressed.',
              503: 'The database went away, or the process was stopped: the answer says up to which line rows are in.',
            }),
          },
        },
      },
      async (request, reply) => {
        const format = formatOf(request.headers);
        services.database.requirePrepared();
        const { product, price, security_check: securityCheck, created_at: createdAt, delimiter } = request.query;
        const columns = { product, price, securityCheck, createdAt };
        const size = Number(request.headers['content-length'] ?? Number.NaN);
        const result = await services.imports.run(
          { format, source: withoutEnding(request.raw), size: Number.isFinite(size) ? size : undefined },
          (source) =>
            format === 'csv'
              ? readCsvRows(source, columns, delimiter === 'tab' ? '\t' : delimiter)
              : readNdjsonRows(source, columns),
        );
        return reply.code(201).send(result);
      },
    );
    done();
  });
}

/** The body; leaving it early does not close the connection, on which the answer is still to be given. */
const withoutEnding = (body: IncomingMessage): AsyncIterable<Buffer> =>
  body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;

const columnName = (of: string, preset?: string) =>
  Type.String({
    minLength: 1,
    maxLength: 200,
    description: `Name of the column that is ${of}.`,
    ...(preset === undefined ? {} : { default: preset }),
  });

/** Which reader a body needs. Throws an `ApiError` (415) that says what to send instead. */
function formatOf(headers: IncomingMessage['headers']): 'csv' | 'ndjson' {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const format = FORMATS.get(type.trim());
  const refuse = (message: string) => new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', message);
  if (format === undefined) {
    const given =
      type === '' ? 'The body has no content type' : `Content type ${type.trim().slice(0, 100)} is not known here`;
    throw refuse(`${given}: send a file with the header "content-type: text/csv" or "application/x-ndjson".`);
  }
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && !/^charset="?(utf-?8|us-ascii)"?$/.test(charset)) {
    throw refuse(`A file with ${charset.slice(0, 100)} is not read: convert it to UTF-8.`);
  }
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw refuse('A compressed body is not read: send the file as it is.');
  }
  return format;
}
