import type { Screen } from './screen.ts';
import { findLeftovers, stopLeftovers } from './services/leftovers.ts';

/** What an earlier launcher left behind because it was killed would hold the ports, and the data. */
export async function endLeftovers(folder: string, screen: Pick<Screen, 'say'>): Promise<void> {
  const leftovers = await findLeftovers(folder);
  if (leftovers.length === 0) return;
  screen.say(`Ending ${leftovers.length} processes that an earlier start left behind ...`);
  await stopLeftovers(leftovers);
}
