import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What makes a RabbitMQ node one of a cluster on this machine. Its nodes find each other at their first start. */
export interface ClusterMembership {
  /** Its own name, and those of all nodes, such as `orders_1@localhost`. */
  node: string;
  nodes: readonly string[];
  /** What nodes prove to each other that they know. */
  cookie: string;
  /** Where they look up each other's ports: an epmd of the caller's, which must live longer than each node. */
  epmdPort: number;
  /** Seconds without a word after which a node is taken for dead. */
  netTickTime: number;
  /** Further lines for rabbitmq.conf. */
  settings?: readonly string[];
}

/** Lines for rabbitmq.conf. */
export const clusterLines = ({ nodes, settings = [] }: ClusterMembership): string[] => [
  'cluster_formation.peer_discovery_backend = classic_config',
  ...nodes.map((node, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${node}`),
  `cluster_formation.target_cluster_size_hint = ${nodes.length}`,
  ...settings,
];

/** Arguments for the Erlang machine. */
export const clusterArguments = ({ netTickTime }: ClusterMembership): string => `-kernel net_ticktime ${netTickTime}`;

/** Writes the cookie where Erlang looks for it: in the node's home, for its user alone. */
export async function writeCookie(home: string, { cookie }: ClusterMembership): Promise<void> {
  const file = join(home, '.erlang.cookie');
  // It may be there, and is read-only then.
  await rm(file, { force: true });
  await writeFile(file, cookie, { mode: 0o600 });
  await chmod(file, 0o400);
}
