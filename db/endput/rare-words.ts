import type { Pool } from '../pool.ts';

/** A word that more of the dead letters have is common. */
const COMMON = 0.02;

/**
 * Those words of a search that are worth asking the index of products for; undefined where all of them are common, by the
 * statistics of the database. The index would read every letter that has a common word, only to find the few that have
 * the others too.
 */
export async function rareWordsOf(pool: Pool, product: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ words: string | null }>({
    name: 'rare_words_of_products',
    text: `
      with common as materialized (
        select e.word
          from pg_stats s
               cross join unnest(s.most_common_elems::text::text[]) with ordinality as e (word, n)
         where s.schemaname = current_schema() and s.tablename = 'dead_letters' and s.attname = 'product_terms'
           and s.most_common_elem_freqs[e.n] > ${COMMON}
      )
      select string_agg(asked.word, ' ') as words
        from unnest(product_words($1)) as asked (word)
       where not exists (select from common c where starts_with(c.word, asked.word))`,
    values: [product],
  });
  return rows[0]?.words ?? undefined;
}
