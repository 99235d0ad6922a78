import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { freePorts } from '../../local/services/free-port.ts';
import { startEpmd, startRabbitmq } from '../../local/services/rabbitmq.ts';
import { startPrivate, surroundings, type PrivateServer } from './private-services.ts';
import { callManagement } from './management.ts';
import { makeRabbitmqUser, withSecret } from './secret.ts';

const run = promisify(execFile);

/** One node of a cluster. */
export interface ClusterNode extends PrivateServer {
  /** Such as `orders_1@localhost`. */
  name: string;
  url: string;
  managementUrl: string;
}

/** What RabbitMQ and Erlang do by default: a node that says nothing for so many seconds is taken for dead. */
const NET_TICK_TIME = 60;

/** Three RabbitMQ nodes of a version in a cluster, each of which a test may kill, stop, pause and cut off from the others. */
export async function privateCluster(serverDir: string) {
  const folder = await mkdtemp(join(inject('services').folder, 'private-cluster-'));
  const ports = await freePorts(7);
  const [epmdPort = 0] = ports;
  const names = [1, 2, 3].map((number) => `orders_${number}@localhost`);
  const epmd = await startEpmd(epmdPort, { name: 'private cluster', cwd: folder, env: surroundings() });
  /** By node, the environment under which rabbitmqctl finds it. */
  const environments = new Map<string, NodeJS.ProcessEnv>();
  const startNode = async (name: string, index: number): Promise<ClusterNode> => {
    const port = ports[1 + index] ?? 0;
    const managementPort = ports[4 + index] ?? 0;
    const server = await startPrivate(`cluster-${index + 1}`, async (data) => {
      const node = await startRabbitmq({
        name,
        folder: data,
        serverDir,
        port,
        managementPort,
        env: surroundings(),
        cluster: { node: name, nodes: names, cookie: 'a-cookie-for-tests', epmdPort, netTickTime: NET_TICK_TIME },
      });
      environments.set(name, node.env);
      return node;
    });
    return {
      ...server,
      name,
      url: withSecret(`amqp://127.0.0.1:${port}`),
      managementUrl: withSecret(`http://127.0.0.1:${managementPort}`),
    };
  };
  // All at once: a node waits for the others before it begins alone.
  const starting = names.map(startNode);
  await Promise.allSettled(starting);
  const nodes = await Promise.all(starting).catch(async (error: unknown) => {
    await epmd.kill();
    throw error;
  });
  // What one node knows of users, all know.
  await makeRabbitmqUser(`http://guest:guest@127.0.0.1:${ports[4] ?? 0}`);

  /** Evaluates Erlang on a node. */
  const evaluate = (node: ClusterNode, expression: string) =>
    run(join(serverDir, 'rabbitmqctl'), ['eval', expression], { env: environments.get(node.name) });
  const othersThan = (node: ClusterNode) => nodes.filter((other) => other !== node);

  return {
    nodes,
    /** A virtual host's URLs, as RABBITMQ_URL wants them. */
    urls: (vhost: string) => nodes.map(({ url }) => `${url}/${vhost}`).join(','),
    managementUrls: nodes.map(({ managementUrl }) => managementUrl).join(','),
    /** The nodes that keep a queue, and the one that leads it, as a node sees it. */
    async queue(vhost: string, queue: string, seenBy = nodes[0]): Promise<{ leader: string; members: string[] }> {
      return (await callManagement(seenBy?.managementUrl ?? '', `/queues/${vhost}/${queue}`)) as never;
    },
    /**
     * Cuts a node off from the two others: it lives, its clients reach it, and it is a minority. Each side knows another
     * cookie of the other, so that they cannot connect again by themselves.
     */
    async isolate(node: ClusterNode): Promise<void> {
      for (const other of othersThan(node)) await evaluate(other, cutOff([node.name], other.name));
      await evaluate(
        node,
        cutOff(
          othersThan(node).map(({ name }) => name),
          node.name,
        ),
      );
    },
    /** Ends that. */
    async rejoin(): Promise<void> {
      for (const node of nodes) {
        await evaluate(node, `[erlang:set_cookie(N, erlang:get_cookie()) || N <- ${list(names)}, N =/= node()].`);
      }
    },
    async remove(): Promise<void> {
      await Promise.all(nodes.map((node) => node.remove()));
      await epmd.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
export type PrivateCluster = Awaited<ReturnType<typeof privateCluster>>;

const list = (names: readonly string[]) => `[${names.map((name) => `'${name}'`).join(', ')}]`;

const cutOff = (names: readonly string[], from: string) =>
  `[begin erlang:set_cookie(N, 'cut off from ${from}'), erlang:disconnect_node(N) end || N <- ${list(names)}].`;
