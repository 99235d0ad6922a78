import { expect, test } from 'vitest';
import { serversOf } from './published-services.ts';

test('the servers of a project are told by the names and URLs of the local form, those that are published', () => {
  const port = (service: string, target: number, published: number) => ({ service, target, published });
  expect(
    serversOf([
      port('endput', 5432, 15434),
      port('rabbitmq', 5672, 15673),
      port('rabbitmq', 15672, 15674),
      port('mongo', 27017, 27018),
      port('grafana', 3000, 3001),
    ]),
  ).toEqual({
    endput: 'postgres://postgres:postgres@127.0.0.1:15434/db_postgres_endput',
    rabbitmq: 'amqp://guest:guest@127.0.0.1:15673',
    management: 'http://127.0.0.1:15674',
    attemptLog: 'mongodb://127.0.0.1:27018/attempt_log',
  });
});
