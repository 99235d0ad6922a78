import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../test/harness/databases.ts';
import { migrate } from '../migrate.ts';
import { createPool, type Pool } from '../pool.ts';

const logger = pino({ level: 'silent' });
const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));
let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.url, MIGRATIONS, logger);
  pool = createPool(database.url, { name: 'test', logger, max: 1 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function causesOf(messages: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ cause: string }>(
    'select cause_of(message) as cause from unnest($1::text[]) with ordinality as given (message, n) order by n',
    [messages],
  );
  return rows.map(({ cause }) => cause);
}

/** What this very Node.js says of a body that is no JSON. */
function messageOfParsing(body: string): string {
  try {
    JSON.parse(body);
  } catch (error) {
    if (error instanceof Error) return `the body is not JSON: ${error.message}`;
  }
  throw new Error(`${body} is JSON`);
}

/** Each of these is one error, whatever differs between its messages. */
const SAME: [name: string, cause: string, messages: string[]][] = [
  [
    'an invalid price',
    'invalid order: price … is not a positive number with at most # decimals',
    ['"-3.00"', '"0"', '""', '"1\\"2 \\\\"', '"it\'s free"', '"🎉🎉"'].map(
      (price) => `invalid order: price ${price} is not a positive number with at most 2 decimals`,
    ),
  ],
  [
    'an id that is too large',
    'invalid order: id # is too large to be exact',
    ['9007199254740993', '-1e+21', '1.5e300'].map((id) => `invalid order: id ${id} is too large to be exact`),
  ],
  [
    'a body that is too large',
    'the body has # bytes, # are allowed',
    ['the body has 300000 bytes, 262144 are allowed', 'the body has 9 bytes, 8 are allowed'],
  ],
  [
    'an unknown version',
    'schema_version … is unknown, # is known',
    ['"2"', '"v\\"1"', '"{\\"a\\":1"'].map((version) => `schema_version ${version} is unknown, 1 is known`),
  ],
  [
    'JSON that begins as something else',
    'the body is not JSON: … is not valid JSON',
    ['<html><body class="x">', 'x', '%PDF-1.4 "x"', 'a "quoted" \'text\'', '"a" "b" is not valid JSON'].flatMap(
      (body) => {
        const message = messageOfParsing(body);
        return message.endsWith('is not valid JSON') ? [message] : [];
      },
    ),
  ],
  [
    'JSON that ends too early',
    'the body is not JSON: Unterminated string in JSON at position #',
    ['{"message_id":"abc', '"'].map((body) => messageOfParsing(body).replace(/ \(line.*\)$/, '')),
  ],
  [
    'endput refuses a number',
    'numeric field overflow: A field with precision #, scale # must round to an absolute value less than #^#.',
    [14, 15].map(
      (n) =>
        `numeric field overflow: A field with precision ${n}, scale 2 must round to an absolute value less than 10^${n - 2}.`,
    ),
  ],
  [
    'endput refuses a row',
    'new row for relation … violates check constraint …',
    ['new row for relation "orders" violates check constraint "orders_price_check"'],
  ],
  [
    'a simulated failure',
    'attempt # of # failed as it was asked to',
    ['attempt 1 of 6 failed as it was asked to', 'attempt 10 of 60 failed as it was asked to'],
  ],
  [
    'a server that is away, by both of its addresses',
    'connect ECONNREFUSED #',
    ['127.0.0.1:5432', '::1:5432', 'fe80::1ff:fe23:4567:890a', '10.0.0.12'].map((at) => `connect ECONNREFUSED ${at}`),
  ],
  [
    'a request, its path by numbers and its query by anything',
    'GET https://…api.example.com/orders/#… timed out after #ms',
    ['bob:secret@api.example.com/orders/12?token=abc&x=1', 'eve@api.example.com/orders/7?page=2'].map(
      (url, n) => `GET https://${url} timed out after ${n}000ms`,
    ),
  ],
  [
    'times in many forms',
    'seen at #',
    [
      '2026-11-21T21:21:43.123456Z',
      '2026-11-21 21:21:43+00',
      '2026-11-21T21:21:43+05:30',
      '2026-11-21',
      '21:21:43',
      'Sat Nov 21 2026 21:21:43 GMT+0000',
      'Sat, 21 Nov 2026 21:21:43 GMT',
      '1700000000000',
    ].map((time) => `seen at ${time}`),
  ],
  [
    'ids in many forms',
    'no order #',
    ['42', '0xDEADbeef', '65a6b1c3d4e5f60718293a4b', '01ARZ3NDEKTSV4RRFFQ69G5FAV', '5d41402', '1,000,000'].map(
      (id) => `no order ${id}`,
    ),
  ],
  [
    'UUIDs',
    'no order …',
    ['5e1b1a52-6f6e-4a8b-9e0c-0a3a5d3f6b1e', '5E1B1A52-6F6E-4A8B-9E0C-0A3A5D3F6B1F'].map((id) => `no order ${id}`),
  ],
  [
    'decimals with and without sign',
    'it is #°C and # EUR',
    ['it is -3.5°C and 1,000.50 EUR', 'it is +21°C and 7 EUR', 'it is 0.1°C and -0 EUR'],
  ],
  [
    'quoted names with apostrophes, in all kinds of quotes',
    "can't find … for the customers' list, it's gone",
    ["'O'Brien'", '"O\'Brien"', '“Tea 🍵 5”', '„Tee“', '«thé»', '`tea`', '‘tea’'].map(
      (name) => `can't find ${name} for the customers' list, it's gone`,
    ),
  ],
  [
    'a quote that was cut before its end',
    'no such product: …',
    ['"Very long name that was', "'Another name that", '"x'].map((name) => `no such product: ${name}`),
  ],
  [
    'mail addresses',
    'mail to … bounced',
    ['alice@example.com', 'bob.b+x@mail.example.org'].map((to) => `mail to ${to} bounced`),
  ],
  ['white space', 'two lines', ['two\nlines', ' two \t lines\r\n']],
  ['sources', 'no rate for system_#', ['no rate for system_1', 'no rate for system_22']],
];

test.each(SAME)('the same error has the same cause: %s', async (_, cause, messages) => {
  expect(messages.length).toBeGreaterThan(0);
  expect(await causesOf(messages)).toEqual(messages.map(() => cause));
});

test('different errors have different causes', async () => {
  const others = [
    'order.price must be string',
    'order.product must be string',
    'message_id is missing or no UUID',
    'message_id of the body and property messageId differ',
    'invalid order: product is empty',
    'invalid order: created_at "yesterday" is no ISO 8601 time',
    "Cannot read properties of undefined (reading 'id')",
    "Cannot read properties of null (reading 'id')",
    'x is not a function',
    'sha256 is not known',
    'sha512 is not known',
    'connect ETIMEDOUT 10.0.0.1:443',
    'getaddrinfo ENOTFOUND api.example.com',
    'getaddrinfo ENOTFOUND shop.example.com',
    'std::bad_alloc',
    'the deadline of 30000 ms has passed',
    '🍵 is sold out',
    '☕ is sold out',
    'duplicate key value violates unique constraint "orders_pkey"',
    'value "1e13" is out of range for type numeric',
    ...['{"a":1, b}', '{"a" 1}', '[1 2]', '{"a":"b\nc"}', '', '{"a":1}}', '{"a":"\\x"}', '{"a":1."b"}'].map(
      messageOfParsing,
    ),
  ];
  const causes = await causesOf([...others, ...SAME.flatMap(([, , [first = '']]) => first)]);
  expect(causes.filter((cause, at) => causes.indexOf(cause) !== at)).toEqual([]);
  expect(causes).toContain('sha256 is not known');
  expect(causes).toContain('std::bad_alloc');
});

test('an error without text, and one of the longest, have a cause too', async () => {
  const [none, spaces, long, quotes] = await causesOf(['', ' \n ', 'x y '.repeat(250), '"'.repeat(999)]);
  expect([none, spaces]).toEqual(['', '']);
  expect(long).toHaveLength(300);
  expect(quotes?.length).toBeLessThanOrEqual(300);
});

describe('the product of a dead letter', () => {
  const insert = (id: number, body: Buffer) =>
    pool.query(
      `insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message,
                                 first_seen_at, died_at, headers, body)
       values (lpad($1::text, 32, '0')::uuid, 0, 1, 's', 'order', 'invalid_message', 'invalid_message', 'why', now(), now(),
               '{}', $2)`,
      [id, body],
    );
  const body = (order: object) => Buffer.from(JSON.stringify({ order }));

  test.each<[string, Buffer, string | null]>([
    ['its name', body({ product: 'Tea "green" 🍵' }), 'Tea "green" 🍵'],
    ['the beginning of a name of 10,000 characters', body({ product: '🍵'.repeat(10_000) }), '🍵'.repeat(256)],
    ['nothing where it is no text', body({ product: 5 }), null],
    ['nothing where it is an object', body({ product: { name: 'Tea' } }), null],
    ['nothing in a body of another form', Buffer.from('[]'), null],
    ['nothing in no JSON', Buffer.from('{"order":'), null],
    ['nothing in no UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x80]), null],
    ['nothing where there is a NUL', body({ product: 'a\0b' }), null],
    ['nothing where there is half a character', Buffer.from('{"order":{"product":"\\ud800"}}'), null],
    ['nothing in an empty body', Buffer.alloc(0), null],
    ['nothing in one nested too deeply', Buffer.from('['.repeat(200_000)), null],
    ['nothing in one that is too large for a message', body({ product: 'Tea', more: 'x'.repeat(300_000) }), null],
  ])('is %s', async (name, given, product) => {
    const id = name.length;
    await insert(id, given);
    const { rows } = await pool.query<{ product: string | null }>(
      `delete from dead_letters where message_id = lpad($1::text, 32, '0')::uuid returning product`,
      [id],
    );
    expect(rows).toEqual([{ product }]);
  });

  test('follows its body, and its cause follows its error; nobody can set them otherwise', async () => {
    await insert(1, body({ product: 'Tea' }));
    const read = async (set: string) => {
      const { rows } = await pool.query<{ product: string; cause: string; cause_key: string }>(
        `update dead_letters set ${set} returning product, cause, cause_key`,
      );
      return rows[0];
    };
    const first = await read("state = 'discarded'");
    expect(first).toMatchObject({ product: 'Tea', cause: 'why' });
    expect(await read("product = 'Coffee', cause = 'other', cause_key = gen_random_uuid()")).toEqual(first);
    const changed = await read(`body = '{"order":{"product":"Coffee"}}', error_message = 'why 5'`);
    expect(changed).toMatchObject({ product: 'Coffee', cause: 'why #' });
    expect((await read("error_message = 'why 77'"))?.cause_key).toBe(changed?.cause_key);
    expect((await read("reason = 'attempts_exhausted'"))?.cause_key).not.toBe(changed?.cause_key);
    await pool.query('delete from dead_letters');
  });
});
