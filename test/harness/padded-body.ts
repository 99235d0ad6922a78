/** A message as a body of exactly so many bytes, padded with a field that readers ignore (docs/message.md). */
export function paddedBody(message: object, bytes: number): Buffer {
  const bare = Buffer.byteLength(JSON.stringify({ ...message, padding: '' }));
  if (bare > bytes) throw new RangeError(`the message alone has ${bare} bytes`);
  return Buffer.from(JSON.stringify({ ...message, padding: 'x'.repeat(bytes - bare) }));
}
