import { eventually } from '../harness/eventually.ts';

/** Where a consumer can be asked. */
interface Asked {
  url: string;
}

/** Resolves when one of the consumers says that it is not ready, with a reason that matches. */
export const untilNotReady = ({ consumers }: { consumers: readonly Asked[] }, why: RegExp): Promise<void> =>
  eventually(async () => {
    const answers = await Promise.all(
      consumers.map(async ({ url }) => {
        const answer = await fetch(`${url}/health/ready`);
        const { reason = 'ready' } = (await answer.json()) as { reason?: string };
        return { isReady: answer.ok, reason };
      }),
    );
    if (answers.some(({ isReady, reason }) => !isReady && why.test(reason))) return;
    throw new Error(`no consumer is away for ${String(why)}: ${answers.map(({ reason }) => reason).join('; ')}`);
  });

/** Reads the metrics of a consumer, all at one moment. Resolves with how to find one of them, summed over its labels. */
export async function readMetrics({ url }: Asked): Promise<(name: string) => number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return (name) => {
    const found = lines.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    if (found.length === 0) throw new Error(`the consumer has no metric ${name}`);
    return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  };
}
