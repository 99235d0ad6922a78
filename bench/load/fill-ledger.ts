import { queryOnce } from '../databases.ts';

/** Of `$4` causes: three quarters of them failed five times, the others are invalid. */
const FILL = `
  insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message, state,
                            first_seen_at, died_at, headers, body)
  select id, 0, 5, source, 'order', case when cause < $4 * 3 / 4 then 'attempts_exhausted' else 'invalid_message' end,
         case when cause < $4 * 3 / 4 then 'transient' else 'invalid_message' end,
         'step ' || chr(65 + cause / 2) || chr(97 + cause % 2) || ' failed for order ' || g || ': "' || product || '" is wrong',
         case when g % 101 = 7 then 'discarded' when g % 101 = 8 then 'resolved' else 'dead' end,
         at, at, '{"attempt": 5, "cycle": 0}',
         convert_to(json_build_object('schema_version', 1, 'message_id', id, 'processing', json_build_object('processing_times', 6),
           'origin', json_build_object('system', source, 'database_resource', 'db', 'schema_resource', 'public', 'table_resource', 'orders'),
           'order', json_build_object('id', g, 'product', product, 'price', '274.00', 'created_at', '2024-01-16T17:51:41.887123Z',
                                      'security_check', false))::text, 'UTF8')
    from generate_series($1::integer, $2::integer) g,
         lateral (select gen_random_uuid() as id, 'system_' || 1 + g / $4::integer % 2 as source, g % $4 as cause,
                         'Product ' || g::bigint * 7919 % 99999 as product,
                         timestamptz '2026-01-01' + g * (interval '21 days' / $3::integer) as at) made`;
const PAGE = 50_000;

/**
 * Fills the ledger of endput with dead letters of so many causes (52 at most), two sources and up to 99,999 products, that
 * died within three weeks. Two of a hundred are settled otherwise: discarded or resolved.
 */
export async function fillLedger(endput: string, letters: number, causes: number): Promise<void> {
  for (let from = 1; from <= letters; from += PAGE) {
    await queryOnce(endput, FILL, [from, Math.min(letters, from + PAGE - 1), letters, causes]);
  }
  await queryOnce(endput, 'vacuum analyze dead_letters');
}
