import Type, { type Static } from 'typebox';

/** A run of this process, as it is shown. */
export const Run = Type.Object(
  {
    run_id: Type.String(),
    state: Type.Enum(['running', 'finished', 'stopped', 'failed']),
    started_at: Type.String(),
    ended_at: Type.Union([Type.String(), Type.Null()]),
    published: Type.Integer({ description: 'Messages that the broker has confirmed in this run.' }),
    rate: Type.Number({ description: 'Messages a second, over the whole run.' }),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it failed or was stopped.' }),
    waits_for: Type.Union([Type.String(), Type.Null()], {
      description: 'While it runs: what keeps it from going on, such as a broker that is away or raised an alarm.',
    }),
  },
  { title: 'Run' },
);
export type Run = Static<typeof Run>;

/** Told why something of a run (a step, a connection) cannot go on, and undefined when it can. */
export type Waits = (what: object, reason: string | undefined) => void;

/** Keeps `waits_for`: the reason that holds for longest. */
export function waitsOf(run: Run): Waits {
  const reasons = new Map<object, string>();
  return (what, reason) => {
    if (reason === undefined) reasons.delete(what);
    else reasons.set(what, reason);
    // A connection that is given up may say so when its run has ended.
    if (run.state === 'running') run.waits_for = reasons.values().next().value ?? null;
  };
}

/** One run at a time: this source has one already, in this process or in another. */
export class RunInProgressError extends Error {
  readonly code = 'RUN_IN_PROGRESS';
  override readonly name = 'RunInProgressError';
}

/** `unblock` released the run. */
export class RunReleasedError extends Error {
  readonly code = 'RUN_RELEASED';
  override readonly name = 'RunReleasedError';
}
