import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCheck } from './program.ts';

// The settings of the system that is checked.
const settings = fileURLToPath(new URL('../../../.env', import.meta.url));
if (existsSync(settings)) process.loadEnvFile(settings);
process.exitCode = await runCheck(process.argv.slice(2), process.env, {
  say: (text) => console.log(text),
  complain: (text) => console.error(text),
});
