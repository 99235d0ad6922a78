import { BSON, MongoBulkWriteError, MongoInvalidArgumentError, MongoServerError, type WriteError } from 'mongodb';

/** Codes with which a server refuses one document of an insert. Every other one is taken for trouble of the server's. */
const REFUSED_DOCUMENT = new Map([
  [2, 'BadValue'],
  [9, 'FailedToParse'],
  [14, 'TypeMismatch'],
  [15, 'Overflow: nested too deep'],
  [22, 'InvalidBSON'],
  [52, 'DollarPrefixedFieldName'],
  [56, 'EmptyFieldName'],
  [57, 'DottedFieldName'],
  [121, 'DocumentValidationFailure, by a validator made by hand'],
  [10334, 'BSONObjectTooLarge'],
  [17280, 'KeyTooLong'],
]);
/** Codes with which a server refuses the whole insert because of a document that it cannot even read. */
const REFUSED_MESSAGE = new Set([15, 22, 10334]);
const DUPLICATE_KEY = 11000;
/** MongoDB's limit, in bytes. */
const LARGEST_DOCUMENT = 16 * 1024 * 1024;

/**
 * The documents that an unordered insert refused, by index, where it dealt with all others. A key that is there already
 * is no refusal. Undefined where the failure is not one of single documents.
 */
export function refusedDocuments(error: unknown): { index: number; reason: string }[] | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined;
  const writeErrors: WriteError[] = [error.writeErrors].flat();
  // Beside failed documents the driver tells only here that what it wrote may not last.
  if (writeErrors.length === 0 || error.result.getWriteConcernError() !== undefined) return undefined;
  const failed = writeErrors.filter((writeError) => writeError.code !== DUPLICATE_KEY);
  if (!failed.every((writeError) => REFUSED_DOCUMENT.has(writeError.code))) return undefined;
  return failed.map(({ index, code, errmsg }) => ({ index, reason: `${errmsg ?? 'refused'} (code ${code})` }));
}

/** Why one of `documents` made the whole insert fail; undefined where none of them is at fault. */
export function refusalOf(error: unknown, documents: readonly object[]): string | undefined {
  // The driver says so before it sends: a key with a NUL, a type that is none, nesting that its stack cannot follow.
  if (BSON.BSONError.isBSONError(error) || error instanceof RangeError) return error.message;
  if (error instanceof MongoInvalidArgumentError)
    return documents.some((document) => BSON.calculateObjectSize(document) >= LARGEST_DOCUMENT)
      ? error.message
      : undefined;
  if (!(error instanceof MongoServerError) || typeof error.code !== 'number') return undefined;
  return REFUSED_MESSAGE.has(error.code) ? `${error.message} (code ${error.code})` : undefined;
}
