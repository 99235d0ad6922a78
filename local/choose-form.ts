import type { Docker } from './docker/engine.ts';

/** What everything is run with: containers, or programs of this machine. */
export type Form = 'docker' | 'local';

export type Choice =
  | { form: Form; /** One line for the user, where he may have expected the other form. */ note?: string }
  | { form: 'none'; error: string };

/** Decides by the setting RUN_WITH and by what was found out about Docker. */
export function chooseForm(wish: 'auto' | Form, docker: Docker): Choice {
  if (wish === 'local') return { form: 'local' };
  if (docker.kind === 'usable') return { form: 'docker' };
  if (wish === 'docker') return { form: 'none', error: whatToDo(docker) };
  // Nobody who has no Docker wonders why it is not used.
  if (docker.kind === 'absent') return { form: 'local' };
  return {
    form: 'local',
    note: `Docker is not used, because ${docker.why}; everything runs on this machine itself (RUN_WITH=local is not to ask).`,
  };
}

function whatToDo(docker: Exclude<Docker, { kind: 'usable' }>): string {
  const lines =
    docker.kind === 'absent'
      ? [
          'no docker is on the PATH.',
          'Install Docker Engine 25 or newer with Compose 2.24.4 or newer (or Docker Desktop)',
        ]
      : [`${docker.why}.`, docker.remedy];
  return `RUN_WITH=docker is set, but ${lines[0] ?? ''}\n${lines[1] ?? ''}, or say RUN_WITH=local to do without.`;
}

/** What is said when something of a form runs already. */
export const formInWords = (form: Form): string => (form === 'docker' ? 'in Docker' : 'on this machine itself');
