import Type from 'typebox';
import { CursorDocument } from '../cursor.ts';
import { ImportProgress } from '../import/import-orders.ts';
import { Run } from '../run.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T, description: string) =>
  Type.Union([type, Type.Null()], { description });

const HeldBack = Type.Object(
  {
    rows: Type.Integer({ description: 'Committed rows that wait for an older transaction to end.' }),
    by: Type.Array(
      Type.Object({
        pid: nullable(Type.Integer(), 'Server process of the transaction.'),
        prepared: nullable(Type.String(), 'Identifier of a prepared transaction.'),
        database: nullable(Type.String(), 'Any database of the cluster.'),
        application: nullable(Type.String(), 'application_name of the session.'),
        user: nullable(Type.String(), 'Its role.'),
        state: nullable(Type.String(), 'Such as idle in transaction, active or prepared.'),
        since: nullable(Type.String(), 'When the transaction began.'),
        seconds: nullable(Type.Integer(), 'How long ago that was.'),
      }),
    ),
  },
  {
    description:
      'Rows are published only when no transaction of the cluster that began to write before them still runs: it could ' +
      'yet commit a row that belongs before them. End the transactions listed here, and the next run publishes the rows.',
  },
);

/** What `GET /v0/process` answers. */
export const ProcessState = Type.Object(
  {
    system: Type.String(),
    state: Type.Enum(['idle', 'running', 'interrupted', 'finished', 'stopped', 'failed'], {
      description:
        'idle: never run, or cleared. interrupted: its process was killed, or it was released; run again to go on.',
    }),
    cursor: nullable(
      CursorDocument,
      'As Redis keeps it; null where there is none: the next run begins at the first row.',
    ),
    run: nullable(Run, 'The last run of this process.'),
    published: Type.Integer({ description: 'Messages confirmed in that run so far.' }),
    rate: Type.Number({ description: 'Its messages a second.' }),
    rows: Type.Integer({ description: 'Rows of the source, all of them.' }),
    unpublished: Type.Integer({ description: 'Rows that were never published, those held back included.' }),
    held_back: HeldBack,
    imports: Type.Array(ImportProgress),
  },
  { title: 'ProcessState' },
);
