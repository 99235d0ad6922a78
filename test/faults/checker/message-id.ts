import { createHash } from 'node:crypto';

/**
 * The id of a source row's message, worked out anew from the documented rule: UUIDv5 (RFC 9562) of
 * `system:table:id:created_at` in the namespace that the source database keeps in `source_identity`.
 */
export function messageIdOf(
  namespace: string,
  row: { system: string; table: string; id: string; createdAt: string },
): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(`${row.system}:${row.table}:${row.id}:${row.createdAt}`)
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
