import { parseArgs } from 'node:util';

/** What a run of the benchmark is asked for. */
export interface BenchOptions {
  /**
   * `quick` has small sizes, to see that it works; `scale` is the size series, the memory of a long queue and slow
   * handlers; `soak` is one steady load for long.
   */
  kind: 'full' | 'quick' | 'scale' | 'soak';
  /** Only scenarios whose names begin so. */
  only: string | undefined;
  /** Orders of the main job. */
  size: number;
  /** How often the scenarios that are compared with each other are repeated; the median counts. */
  rounds: number;
  /** Folder for a CPU profile of each of our processes. */
  profile: string | undefined;
  /** False where `size` or `only` makes it another thing than what `latest.json` is about. */
  isStandard: boolean;
}

/** The options are no options of the benchmark. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `node --import tsx bench/main.ts [--quick | --scale | --soak] [--only <scenario>] [--size <orders>] [--rounds <n>] [--profile <folder>]

  --quick     small sizes, one round: to see that it works
  --scale     a size series (10,000, 100,000, 1,000,000) the memory with 500,000 messages waiting,
              and one and two consumers with a handler that takes 5 ms
  --soak      20 minutes of orders at a steady rate, with failures: throughput and memory of each tenth
  --only      only scenarios whose names begin so, such as ceiling, backlog, flow, mixed, lateness, expiry
  --size      orders of the main job
  --rounds    how often backlog and flow are repeated; their medians count. The ceiling is measured beside each round
  --profile   writes a CPU profile of each API and consumer into this folder

Environment: BENCH_RABBITMQ_DIR, the folder of another rabbitmq-server, whose results are kept beside those of this machine's;
RABBITMQ_PLUGINS_DIR, further plugins for it.
`;

/** Reads the command line. Throws a `UsageError`. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const [kind = 'full', another] = (['quick', 'scale', 'soak'] as const).filter((name) => values[name]);
  if (another !== undefined) throw new UsageError(`--${kind} and --${another} exclude each other`);
  return {
    kind,
    only: values.only,
    size: wholeNumber('--size', values.size) ?? (kind === 'quick' ? 10_000 : 100_000),
    rounds: wholeNumber('--rounds', values.rounds) ?? (kind === 'full' ? 5 : 1),
    profile: values.profile,
    isStandard: [values.only, values.size, values.rounds, values.profile].every((value) => value === undefined),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        scale: { type: 'boolean', default: false },
        soak: { type: 'boolean', default: false },
        only: { type: 'string' },
        size: { type: 'string' },
        rounds: { type: 'string' },
        profile: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError(`${name} must be a whole number, not "${text}"`);
  return value;
}
