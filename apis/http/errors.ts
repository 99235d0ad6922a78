import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';

/** What an API answers instead of a result. The message says what to do; a stack never leaves the process. */
export const ErrorAnswer = Type.Object(
  {
    statusCode: Type.Integer(),
    code: Type.String({ description: 'Stable name of the error.' }),
    error: Type.String({ description: 'Name of the status code.' }),
    message: Type.String({ description: 'What is wrong and what to do.' }),
  },
  { title: 'ErrorAnswer' },
);

/** An error that its request gets as an answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly statusCode: number;
  readonly code: string;
  constructor(statusCode: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** Names an error of the layers below as an answer; undefined where it is none of theirs. */
export type ErrorTranslation = (error: unknown) => ApiError | undefined;

/** What `fastify.setErrorHandler` takes: every error becomes an `ErrorAnswer`, an unforeseen one is logged and a 500. */
export function createErrorHandler(translate: ErrorTranslation) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = translate(error) ?? (error instanceof ApiError ? error : (ofFramework(error) ?? unforeseen()));
    if (answer.statusCode === 500) request.log.error({ err: error, url: request.url }, 'a request failed unexpectedly');
    else if (answer.statusCode > 500) request.log.warn({ url: request.url, code: answer.code }, answer.message);
    // What is left of a refused body is thrown away as it arrives. Closing the connection instead would break a client
    // that is still sending before it sees the answer.
    void reply.removeHeader('connection');
    request.raw.resume();
    sendError(reply, answer);
  };
}

/** Answers with an error in the form of all errors. */
export function sendError(reply: FastifyReply, answer: ApiError): void {
  void reply
    .code(answer.statusCode)
    .type('application/json; charset=utf-8')
    .send(Buffer.from(JSON.stringify(errorAnswer(answer))));
}

export const errorAnswer = (answer: ApiError) => ({
  statusCode: answer.statusCode,
  code: answer.code,
  error: STATUS_CODES[answer.statusCode] ?? 'Error',
  message: answer.message,
});

const unforeseen = () =>
  new ApiError(500, 'UNEXPECTED', 'Something unforeseen went wrong; the log of the process has the details.');

/** Faults that the framework finds before a route runs, with what to do about them. */
const FRAMEWORK_MESSAGES = new Map([
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'The body is not valid JSON.'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'The body is larger than this endpoint takes. GET /docs shows what each one is for.'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'This endpoint does not take that content type. GET /docs shows which it takes.'],
]);

function ofFramework(error: unknown): ApiError | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  if (error.statusCode < 400 || error.statusCode >= 500) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'BAD_REQUEST';
  const message = FRAMEWORK_MESSAGES.get(code) ?? error.message;
  return new ApiError(error.statusCode, code, message);
}
