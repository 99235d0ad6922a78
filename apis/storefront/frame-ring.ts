/** A frame as it is sent, the same bytes for every client. */
export interface Frame {
  seq: number;
  bytes: Buffer;
}

/** Frames that are kept: a minute at 20 a second, and not more bytes than this. */
const MOST_FRAMES = 1_200;
const MOST_BYTES = 4 * 1024 * 1024;
/** Bytes that a client gets as missed frames at most; a snapshot is smaller than more of them. */
const MOST_MISSED_BYTES = 256 * 1024;

/** The last frames, for clients that come back. Its memory is bounded whatever is sent. */
export function createFrameRing(limits = { frames: MOST_FRAMES, bytes: MOST_BYTES, missedBytes: MOST_MISSED_BYTES }) {
  const frames: Frame[] = [];
  let bytes = 0;
  return {
    push(frame: Frame): void {
      frames.push(frame);
      bytes += frame.bytes.length;
      while (frames.length > limits.frames || (bytes > limits.bytes && frames.length > 1)) {
        bytes -= frames.shift()?.bytes.length ?? 0;
      }
    },
    /** All frames after `seq`, oldest first; undefined where one of them is gone or they are too much to send. */
    after(seq: number, last: number): Frame[] | undefined {
      if (seq > last) return undefined;
      const missed = frames.slice(Math.max(0, frames.length - (last - seq)));
      if (missed.length !== last - seq) return undefined;
      const size = missed.reduce((sum, frame) => sum + frame.bytes.length, 0);
      return size > limits.missedBytes ? undefined : missed;
    },
    bytes: () => bytes,
    length: () => frames.length,
  };
}
