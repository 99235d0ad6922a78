import { join } from 'node:path';
import { readOrExit } from '../../../runtime/configuration.ts';
import { readStorefrontConfiguration } from '../storefront-configuration.ts';
import { makeMark, readSecret, SECRET_FILES } from './secret-files.ts';

/**
 * What whoever starts the system is told about the first operator, as one line of JSON on stdout, by a program of its own:
 * no log ever holds the password. `password` is said once, to whoever asks first; after that, `file` is where it lies. With
 * `isSet` it is the one of the settings; with none of these, somebody has given the operator another one.
 */
const { secretsFolder, operator } = readOrExit(() => readStorefrontConfiguration(process.env));
const told = operator.password === undefined ? await generated() : { isSet: true };
process.stdout.write(`${JSON.stringify({ user: operator.name, ...told })}\n`);

async function generated(): Promise<{ password?: string; file?: string }> {
  const password = await readSecret(secretsFolder, SECRET_FILES.operatorPassword);
  if (password === undefined) return {};
  const isFirst = await makeMark(secretsFolder, SECRET_FILES.shown);
  return isFirst ? { password } : { file: join(secretsFolder, SECRET_FILES.operatorPassword) };
}
