import { ManagementError, type Management } from './management.ts';

/**
 * Messages of a queue that consumers and other readers have in hand; undefined where the management API does not answer.
 * The broker tells it some seconds late. Never rejects with what a broker says.
 */
export async function readInHand(
  management: Pick<Management, 'call' | 'vhost'>,
  queue: string,
): Promise<number | undefined> {
  try {
    const answer = await management.call('GET', `/queues/${management.vhost}/${queue}`);
    if (typeof answer !== 'object' || answer === null || !('messages_unacknowledged' in answer)) return undefined;
    return typeof answer.messages_unacknowledged === 'number' ? answer.messages_unacknowledged : undefined;
  } catch (error) {
    if (error instanceof ManagementError) return undefined;
    throw error;
  }
}
