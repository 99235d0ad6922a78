import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters, styleText } from 'node:util';

/** Bytes beyond which a log file is put aside (as `.log.1`) at the next start. */
const LARGE_LOG = 50_000_000;

/** Lines of our processes that are kept for the screen until everything is ready. */
const LINES_HELD = 2_000;

const COLOURS = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'gray'] as const;

/** What a server writes about something that may be wrong, in the words of PostgreSQL, RabbitMQ, Redis and MongoDB. */
const ALARMING = /\b(WARNING|ERROR|FATAL|PANIC):|\[(warning|error|critical)\]|^\d+:\w .{20,30} # |"s":"[EF]"/;

/** What they write while they start, or because the consumer asks whether there is a plugin, is no reason to worry. */
const EXPECTED = /the database system is |x-delayed-message|probe for the delayed-message exchange/;

/** Whether a line of a server is for the screen. */
export const isAlarming = (line: string): boolean => ALARMING.test(line) && !EXPECTED.test(line);

/** The launcher's output: its own lines, a line that shows what it waits for, and the logs of all that runs. */
export function createScreen(options: {
  logFolder: string;
  names: readonly string[];
  output: NodeJS.WriteStream;
  /** Nobody reads the screen any more, such as after `| head`. */
  onGone: () => void;
}) {
  const { logFolder, names, output } = options;
  const isTerminal = output.isTTY && process.env.TERM !== 'dumb';
  const isColoured = isTerminal && !process.env.NO_COLOR;
  const width = Math.max(...names.map((name) => name.length));
  const files = new Map<string, WriteStream>();
  mkdirSync(logFolder, { recursive: true });

  let status = '';
  let isGone = false;
  let held: string[] | undefined = [];
  let showsServers = false;

  output.on('error', () => {
    isGone = true;
    options.onGone();
  });
  const write = (text: string) => {
    if (!isGone) output.write(text);
  };
  const print = (text: string) => {
    write(status === '' ? `${text}\n` : `\r\x1b[K${text}\n${status}`);
  };
  const prefixOf = (name: string) => {
    const prefix = `${name.padEnd(width)} |`;
    const colour = COLOURS[Math.max(0, names.indexOf(name)) % COLOURS.length] ?? 'gray';
    return isColoured ? styleText(colour, prefix, { validateStream: false }) : prefix;
  };
  const fileOf = (name: string): WriteStream => {
    let file = files.get(name);
    if (!file) {
      file = openLog(join(logFolder, `${name}.log`));
      files.set(name, file);
    }
    return file;
  };
  const toFile = (name: string, line: string) => {
    fileOf(name).write(`${stripVTControlCharacters(line)}\n`);
  };

  return {
    isTerminal,
    /** A line of the launcher itself. */
    say: (text: string) => print(text),
    /** Shows what is waited for, on a terminal in one line that changes. */
    setStatus(text: string): void {
      if (!isTerminal || text === status) return;
      status = text.slice(0, (output.columns || 80) - 1);
      write(`\r\x1b[K${status}`);
    },
    /** Takes the lines of one of our processes: all of them are shown, at first when everything is ready. */
    ours: (name: string) => (line: string) => {
      toFile(name, line);
      const text = `${prefixOf(name)} ${line}`;
      if (held === undefined) print(text);
      else if (held.push(text) > LINES_HELD) held.shift();
    },
    /** Takes the lines of a server: warnings and errors are shown while everything is ready. */
    server: (name: string) => (line: string) => {
      toFile(name, line);
      if (showsServers && isAlarming(line)) print(`${prefixOf(name)} ${line}`);
    },
    /** Takes lines of a server that are not for the screen, whatever they say. */
    file:
      (name: string) =>
      (line: string): void =>
        toFile(name, line),
    /** From now on logs are shown, those held back first. */
    showLogs(): void {
      const lines = held ?? [];
      held = undefined;
      showsServers = true;
      for (const line of lines) print(line);
    },
    /** That servers complain while everything stops is of no interest. */
    hideServers(): void {
      showsServers = false;
    },
    /** Resolves when every line is in its file. */
    async close(): Promise<void> {
      await Promise.all([...files.values()].map((file) => new Promise<void>((resolve) => file.end(resolve))));
    },
  };
}
export type Screen = ReturnType<typeof createScreen>;

function openLog(path: string): WriteStream {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LARGE_LOG) renameSync(path, `${path}.1`);
  const file = createWriteStream(path, { flags: 'a' });
  // A full disk must not end the launcher, which would leave everything else running.
  file.on('error', () => undefined);
  return file;
}
