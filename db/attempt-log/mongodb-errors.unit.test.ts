import {
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  type BulkWriteResult,
  type WriteError,
} from 'mongodb';
import { describe, expect, test } from 'vitest';
import { refusalOf, refusedDocuments } from './mongodb-errors.ts';

const serverError = (code: number) => new MongoServerError({ message: 'no', code });

/** The error of an unordered insert whose documents failed with these codes, in their order. */
function bulkError(codes: number[], writeConcernError?: object): MongoBulkWriteError {
  // The driver exports the types of these parts, but not their classes.
  const writeErrors: unknown = codes.map((code, index) => ({ index, code, errmsg: 'no' }));
  const result: unknown = { getWriteConcernError: () => writeConcernError };
  return new MongoBulkWriteError(
    { message: 'no', code: codes[0] ?? 0, writeErrors: writeErrors as WriteError[] },
    result as BulkWriteResult,
  );
}

describe('an insert that failed as a whole', () => {
  test.each([
    ['not primary', 10107],
    ['primary stepped down', 189],
    ['shutdown in progress', 91],
    ['unauthorized', 13],
    ['authentication failed', 18],
    ['disk full', 14031],
    ['bad value, such as a write concern that the server cannot meet', 2],
    ['a code that nobody knows', 999_999],
  ])('puts no blame on a document: %s', (_what, code) => {
    expect(refusalOf(serverError(code), [{}])).toBeUndefined();
    expect(refusedDocuments(serverError(code))).toBeUndefined();
  });

  test('puts no blame on a document when the network broke or an argument of ours was wrong', () => {
    expect(refusalOf(new MongoNetworkError('connection closed'), [{}])).toBeUndefined();
    expect(refusalOf(new MongoInvalidArgumentError('an option'), [{ product: 'tea' }])).toBeUndefined();
  });

  test('blames a document that is too large or cannot be read', () => {
    const large = { product: 'x'.repeat(16 * 1024 * 1024) };
    expect(refusalOf(new MongoInvalidArgumentError('too large'), [{}, large])).toBe('too large');
    expect(refusalOf(serverError(15), [{}])).toBe('no (code 15)');
    expect(refusalOf(serverError(10334), [{}])).toBe('no (code 10334)');
  });
});

describe('an insert of which some documents failed', () => {
  test('overlooks the keys that are there already and names the refused ones', () => {
    expect(refusedDocuments(bulkError([11000, 11000]))).toEqual([]);
    expect(refusedDocuments(bulkError([11000, 121, 11000, 2]))).toEqual([
      { index: 1, reason: 'no (code 121)' },
      { index: 3, reason: 'no (code 2)' },
    ]);
  });

  test('is trouble of the server when any failed for a reason of the server', () => {
    expect(refusedDocuments(bulkError([11000, 121, 14031]))).toBeUndefined();
    expect(refusedDocuments(bulkError([11000, 10107]))).toBeUndefined();
  });

  test('is trouble of the server when what was written may not last', () => {
    expect(refusedDocuments(bulkError([11000], { code: 64 }))).toBeUndefined();
  });

  test('is trouble of the server when no document is named', () => {
    expect(refusedDocuments(bulkError([]))).toBeUndefined();
    expect(refusalOf(bulkError([]), [{}])).toBeUndefined();
  });
});
