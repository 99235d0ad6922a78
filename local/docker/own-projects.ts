import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The Compose projects whose volumes were made by this checkout, by name. A project's name is the same in every checkout,
 * and volumes do not say who made them; so this mark is what lets `make clean` tell its own data from those of another.
 */
export const OWN_PROJECTS_FILE = 'docker-projects.json';

/** Notes that the volumes of a project are those of the checkout with this folder of data and logs. */
export function claimProject(folder: string, project: string): void {
  write(folder, [...new Set([...read(folder), project])]);
}

/** Forgets it, once the volumes are deleted. */
export function forgetProject(folder: string, project: string): void {
  write(
    folder,
    read(folder).filter((name) => name !== project),
  );
}

export const isOwnProject = (folder: string, project: string): boolean => read(folder).includes(project);

function read(folder: string): string[] {
  try {
    return JSON.parse(readFileSync(join(folder, OWN_PROJECTS_FILE), 'utf8')) as string[];
  } catch {
    return [];
  }
}

function write(folder: string, projects: readonly string[]): void {
  const file = join(folder, OWN_PROJECTS_FILE);
  if (projects.length === 0) rmSync(file, { force: true });
  else writeFileSync(file, `${JSON.stringify(projects)}\n`);
}
