import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkBooks } from './check.ts';
import { readOptions, USAGE, UsageError } from './options.ts';
import { CannotLookError } from './postgres.ts';
import { asJson, asText, isBalanced } from './report.ts';

/** 0: balanced, 1: not, 2: the books could not be read. */
async function main(): Promise<0 | 1 | 2> {
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    if (options === 'help') {
      console.log(USAGE);
      return 0;
    }
    const result = await checkBooks(options);
    console.log(options.json ? asJson(result, options.show) : asText(result, options.show));
    return isBalanced(result) ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
    else if (error instanceof CannotLookError) console.error(`Cannot look: ${error.message}`);
    else console.error('Cannot look:', error);
    return 2;
  }
}

const settings = fileURLToPath(new URL('../../../.env', import.meta.url));
if (existsSync(settings)) process.loadEnvFile(settings);
process.exitCode = await main();
