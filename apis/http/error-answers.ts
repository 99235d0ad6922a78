import Type from 'typebox';
import { ErrorAnswer } from './errors.ts';

/** The error answers of an endpoint, for its documentation: for each status code when it is given. */
export const errorAnswers = <S extends number>(when: Record<S, string>) =>
  Object.fromEntries(
    Object.entries(when).map(([status, description]) => [
      status,
      Type.Object(ErrorAnswer.properties, { description: String(description) }),
    ]),
  ) as Record<S, typeof ErrorAnswer>;
