/** Names that may break a page: markup, many emoji, right to left, very long, and what looks like our own templates. */
export const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '🧺'.repeat(200),
  'مرحبا ‮ abc <b>שלום</b>',
  'x'.repeat(10_000),
  '"><script>alert(1)</script>{n}$&',
];
