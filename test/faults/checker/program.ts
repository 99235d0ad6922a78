import { checkBooks } from './check.ts';
import { readOptions, USAGE, UsageError } from './options.ts';
import { CannotLookError } from './postgres.ts';
import { asJson, asText, isBalanced } from './report.ts';

/** Where a program says what it has found, and what went wrong. */
export interface Output {
  say: (text: string) => void;
  complain: (text: string) => void;
}

/** The whole program. Resolves with its exit code: 0 balanced, 1 not, 2 the books could not be read. */
export async function runCheck(args: readonly string[], env: NodeJS.ProcessEnv, output: Output): Promise<0 | 1 | 2> {
  try {
    const options = readOptions(args, env);
    if (options === 'help') {
      output.say(USAGE);
      return 0;
    }
    const result = await checkBooks(options);
    output.say(options.json ? asJson(result, options.show) : asText(result, options.show));
    return isBalanced(result) ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) output.complain(`${error.message}\n\n${USAGE}`);
    else if (error instanceof CannotLookError) output.complain(`Cannot look: ${error.message}`);
    else output.complain(`Cannot look: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 2;
  }
}
