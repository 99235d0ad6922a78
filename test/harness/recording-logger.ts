import { pino } from 'pino';

/** A logger that keeps its lines, and the messages of its warnings and errors. */
export function recordingLogger() {
  const lines: { level: number; msg: string }[] = [];
  const logger = pino(
    { level: 'trace' },
    { write: (line: string) => lines.push(JSON.parse(line) as { level: number; msg: string }) },
  );
  return { logger, lines, warnings: () => lines.filter(({ level }) => level >= 40).map(({ msg }) => msg) };
}
