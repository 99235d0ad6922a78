import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { MongoClient, type Db } from 'mongodb';
import { inject } from 'vitest';
import { createDatabase } from '../../test/harness/databases.ts';
import type { AttemptRecord } from './attempt-record.ts';

/** A store over which the suite of the attempt log runs. */
export interface StoreUnderTest {
  /** Says why, where it is skipped. */
  title: string;
  skipped: boolean;
  /** An empty database of its own. */
  createDatabase: () => Promise<{ url: string; drop: () => Promise<void> }>;
  /** What makes a record one that this store refuses. */
  refusedPart: Partial<AttemptRecord>;
}

const mongoUrl = inject('services').mongoUrl;

export const postgres: StoreUnderTest = {
  title: 'Postgres',
  skipped: false,
  createDatabase,
  refusedPart: { cycle: 2 ** 31 },
};

export const mongo: StoreUnderTest = {
  title: mongoUrl === undefined ? 'MongoDB (SKIPPED: MONGO_URL names no server)' : 'MongoDB',
  skipped: mongoUrl === undefined,
  createDatabase: createMongoDatabase,
  refusedPart: { order: { product: 'x'.repeat(17 * 1024 * 1024) } },
};

function createMongoDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  if (mongoUrl === undefined) throw new Error('MONGO_URL names no server');
  const url = new URL(mongoUrl);
  url.pathname = `/test_${randomUUID().replaceAll('-', '')}`;
  if (!url.searchParams.has('authSource')) url.searchParams.set('authSource', 'admin');
  const drop = () =>
    onMongo(url.toString(), async (db) => {
      await db.dropDatabase();
    });
  // It comes into being with its first document.
  return Promise.resolve({ url: url.toString(), drop });
}

/** Runs `use` on the database that `url` names, with a client of its own. */
export async function onMongo<T>(url: string, use: (db: Db) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 });
  try {
    return await use(client.db());
  } finally {
    await client.close();
  }
}

/** The server of `url` behind a line that can be cut: open connections break and new ones are refused. */
export async function createLine(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port || (target.protocol === 'mongodb:' ? 27017 : 5432)), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const throughLine = new URL(url);
  throughLine.hostname = '127.0.0.1';
  throughLine.port = String(port);
  if (target.protocol === 'mongodb:') throughLine.searchParams.set('directConnection', 'true');
  return {
    url: throughLine.toString(),
    async cut(): Promise<void> {
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async mend(): Promise<void> {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
