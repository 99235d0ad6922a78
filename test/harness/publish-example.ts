import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs `examples/own-source` on these lines as a user does, and resolves with its exit code and what it complained of. */
export async function publishByExample(
  rabbitmqUrl: string,
  orders: readonly object[],
): Promise<{ code: number; errors: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/own-source/publish-orders.ts'], {
    cwd: ROOT,
    env: { ...process.env, RABBITMQ_URL: rabbitmqUrl },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.end(orders.map((order) => `${JSON.stringify(order)}\n`).join(''));
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>]);
  return { code, errors };
}
