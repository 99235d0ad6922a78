import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import pLimit from 'p-limit';
import { ApiError } from '../../http/errors.ts';

/** What one hash costs: 32 MiB, and about 0.3 s of one core (RFC 7914; as OWASP's password storage cheat sheet has it). */
const COST = { ln: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Hashes that are made at once: half of the threads that Node has for this, for files and for names of hosts. */
const AT_ONCE = 2;
/** Logins that wait for theirs. More would wait longer than anybody does, and fill the memory. */
const WAITING = 20;

/** Characters that a password has at least. */
export const SHORTEST_PASSWORD = 12;

/** A password of 130 bits that nobody has seen before, without what is mistaken for one another. */
export function generatePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  // 248 is the largest multiple of 31 in a byte: bytes above it would make some letters likelier.
  const drawn = [...randomBytes(64)].filter((byte) => byte < 248).slice(0, 26);
  if (drawn.length < 26) return generatePassword();
  return drawn.map((byte) => letters[byte % letters.length] ?? '').join('');
}

/**
 * Hashes of passwords, as text with the parameters with which they were made: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`. Both
 * functions reject with a 503 where too many are waiting.
 */
export function createPasswords() {
  const limit = pLimit(AT_ONCE);
  const run = <T>(work: () => Promise<T>): Promise<T> => {
    if (limit.pendingCount < WAITING) return limit(work);
    throw new ApiError(503, 'LOGIN_BUSY', 'Too many logins are under way. Try again in a few seconds.');
  };
  // Compared with where there is no user, so that it takes as long as with a wrong password.
  const nobody = writeHash({ ...COST, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) });

  return {
    hash: async (password: string): Promise<string> => {
      const salt = randomBytes(SALT_BYTES);
      return run(async () => writeHash({ ...COST, salt, hash: await derive(password, { ...COST, salt }, HASH_BYTES) }));
    },
    /** Whether it is the password of this hash; never without a hash, in the same time. */
    matches: async (password: string, stored: string | undefined): Promise<boolean> => {
      const known = readHash(stored ?? nobody);
      return run(async () => timingSafeEqual(await derive(password, known, known.hash.length), known.hash));
    },
  };
}
export type Passwords = ReturnType<typeof createPasswords>;

interface Salted {
  /** Binary logarithm of scrypt's N. */
  ln: number;
  r: number;
  p: number;
  salt: Buffer;
}

const writeHash = ({ ln, r, p, salt, hash }: Salted & { hash: Buffer }): string =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;

function readHash(text: string): Salted & { hash: Buffer } {
  const pattern = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{16,})\$([\w-]{43})$/;
  const [, ln, r, p, salt, hash] = pattern.exec(text) ?? [];
  if (salt === undefined || hash === undefined) throw new Error('the hash of a password cannot be read');
  return {
    ln: Number(ln),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  };
}

/** The same text may be written with different code points, depending on the keyboard; NFKC makes them one. */
function derive(password: string, { ln, r, p, salt }: Salted, length: number): Promise<Buffer> {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
