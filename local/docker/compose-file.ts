import { runCompose } from './compose.ts';
import type { DockerRun } from './run-docker.ts';

/** A port of this machine at which something in a container is reached. */
export interface PublishedPort {
  service: string;
  /** The port in the container. */
  target: number;
  /** The port of this machine; 0 takes a free one. */
  published: number;
  /** Which copy of the service has it, from 1 on; missing where that is not known yet. */
  copy?: number;
}

export interface ImageToBuild {
  /** The name that the image gets. */
  image: string;
  /** The folder that the engine is given. */
  context: string;
  /** The whole section of the Compose file. */
  section: unknown;
}

/** The Compose files with all variables filled in, as far as the launcher wants to know them. */
export interface ComposeFile {
  project: string;
  /** How many containers of each service are to run. */
  services: Map<string, number>;
  /** Those that are one port each: of a range Docker chooses, so only the containers know them. */
  ports: PublishedPort[];
  builds: ImageToBuild[];
}

/** Reads the Compose files that are chosen (COMPOSE_FILE), with the profiles that are (COMPOSE_PROFILES). */
export async function readComposeFile(run: DockerRun): Promise<ComposeFile> {
  const { stdout } = await runCompose(['config', '--format', 'json'], run);
  return parseComposeFile(stdout);
}

interface Section {
  build?: { context: string };
  image?: string;
  scale?: number;
  deploy?: { replicas?: number };
  ports?: { target: number; published?: string; protocol?: string }[];
}

/** Parses the output of `docker compose config --format json`. */
export function parseComposeFile(text: string): ComposeFile {
  const { name, services } = JSON.parse(text) as { name: string; services: Record<string, Section> };
  const sections = Object.entries(services);
  return {
    project: name,
    services: new Map(sections.map(([service, { scale, deploy }]) => [service, scale ?? deploy?.replicas ?? 1])),
    ports: sections.flatMap(([service, { ports = [] }]) =>
      ports
        .filter(({ published, protocol }) => /^\d+$/.test(published ?? '') && protocol !== 'udp')
        .map(({ target, published }) => ({ service, target, published: Number(published) })),
    ),
    builds: sections.flatMap(([service, { build, image }]) =>
      build ? [{ image: image ?? `${name}-${service}`, context: build.context, section: build }] : [],
    ),
  };
}
