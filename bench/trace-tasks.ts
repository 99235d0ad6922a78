import type { Browser } from 'playwright-core';

/** A task of the main thread of a page. Milliseconds. */
export interface Task {
  /** Since the page was committed. */
  at: number;
  /** By the clock on the wall. */
  took: number;
  /** For how long of that it had a core. */
  ran: number;
}

/** What is read of an event of a trace (Trace Event Format of Chromium; microseconds). */
export interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { data?: { url?: string } };
}

/**
 * The tasks of the main thread of the page at `url`, which `use` opens, in the order in which they began. Rejects where
 * that page was not opened.
 */
export async function traceTasks(browser: Browser, url: string, use: () => Promise<void>): Promise<Task[]> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const completed = new Promise<boolean>((resolve) =>
    session.once('Tracing.tracingComplete', ({ dataLossOccurred }) => resolve(dataLossOccurred)),
  );
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline'] },
  });
  await use();
  await session.send('Tracing.end');
  if (await completed) throw new Error('the trace is not whole: its buffer was full');
  await session.detach();
  return tasksOf(url, events);
}

/** The tasks of the page at `url` in a trace. Throws where it has no such page. */
export function tasksOf(url: string, events: readonly TraceEvent[]): Task[] {
  const committed = events.find(({ name, args }) => name === 'CommitLoad' && args?.data?.url === url);
  if (committed === undefined) throw new Error(`the trace has no page ${url}`);
  return events
    .filter(({ name, ph, pid, tid }) => isTask(name, ph) && pid === committed.pid && tid === committed.tid)
    .map(({ ts, dur = 0, tdur = 0 }) => ({ at: (ts - committed.ts) / 1000, took: dur / 1000, ran: tdur / 1000 }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at);
}

const isTask = (name: string, ph: string) => ph === 'X' && name.endsWith('RunTask');
