import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createReport } from './report.ts';
import type { SettledAttempt } from './settled-attempt.ts';

const attempt = (what: SettledAttempt['what']): SettledAttempt => ({
  decoded: { messageId: 'an-id', source: 'system_1' } as unknown as SettledAttempt['decoded'],
  position: { cycle: 0, attempt: 5 },
  at: new Date(0),
  what,
});
const error = { kind: 'transient', message: 'why' };

test('each dead letter is a warning with its reason, the others are counted', () => {
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'info' },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const report = createReport(logger);
  report.settled([
    attempt({ outcome: 'succeeded' }),
    attempt({ outcome: 'retrying', error, dueAt: new Date(0) }),
    attempt({ outcome: 'dead', error, reason: 'attempts_exhausted' }),
  ]);
  report.close();
  report.close();
  expect(lines).toMatchObject([
    {
      level: 40,
      message_id: 'an-id',
      system: 'system_1',
      attempt: 5,
      cycle: 0,
      reason: 'attempts_exhausted',
      error: 'why',
    },
    { level: 30, succeeded: 1, retrying: 1, dead: 1, msg: 'attempts settled' },
  ]);
  expect(lines).toHaveLength(2);
});
