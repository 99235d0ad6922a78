/** A page of some rows; its place is the number of rows before it. */
export function pageAt<Row>(rows: readonly Row[], after = '0', limit: number): { rows: Row[]; next: string | null } {
  const end = Number(after) + limit;
  return { rows: rows.slice(Number(after), end), next: end < rows.length ? String(end) : null };
}
