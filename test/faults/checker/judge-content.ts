import { difference } from './content.ts';
import { ofMessage, type Deviation } from './deviation.ts';
import type { BodyContent, Evidence, SourceRow } from './evidence.ts';

/** Whether order, retry and dead letter say what their row says. What was redriven may have been edited on purpose. */
export function judgeContent({ messageId, row, stored, waiting, ledger }: Evidence): Deviation[] {
  if (!row) return [];
  const deviations: Deviation[] = [];
  const check = (what: string, fault: string | undefined) => {
    if (fault !== undefined) deviations.push(ofMessage('wrong_content', messageId, `${what}: ${fault}`));
  };
  if (stored?.position.cycle === 0) check('order', difference(stored.content, row.content));
  if (waiting?.position.cycle === 0) check('retry', bodyFault(messageId, row, waiting));
  if (ledger?.position.cycle === 0) check('dead letter', bodyFault(messageId, row, ledger));
  return deviations;
}

function bodyFault(messageId: string, row: SourceRow, kept: { source: string; body: BodyContent }): string | undefined {
  const { source, body } = kept;
  if ('unreadable' in body) return body.unreadable;
  if (body.messageId !== messageId) return `its body says message_id ${body.messageId}`;
  if (source !== row.content.system) return `its source is ${source}, its row is of ${row.content.system}`;
  if (row.expected && body.processingTimes !== row.expected.processingTimes) {
    return `it asks for ${body.processingTimes} attempts, its row for ${row.expected.processingTimes}`;
  }
  return difference(body.content, row.content);
}
