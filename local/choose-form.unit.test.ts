import { describe, expect, test } from 'vitest';
import { chooseForm } from './choose-form.ts';
import type { Docker } from './docker/engine.ts';

const usable: Docker = { kind: 'usable' };
const absent: Docker = { kind: 'absent' };
const unusable: Docker = { kind: 'unusable', why: 'no engine answers', remedy: 'Start the engine' };

describe('what everything is run with', () => {
  test('is Docker where it can be used', () => {
    expect(chooseForm('auto', usable)).toEqual({ form: 'docker' });
    expect(chooseForm('docker', usable)).toEqual({ form: 'docker' });
  });

  test('is this machine where there is no Docker, without a word', () => {
    expect(chooseForm('auto', absent)).toEqual({ form: 'local' });
  });

  test('is this machine where Docker cannot be used, and it is said why in one line', () => {
    const choice = chooseForm('auto', unusable);
    expect(choice).toMatchObject({ form: 'local' });
    expect(choice).toHaveProperty('note', expect.stringMatching(/^Docker is not used, because no engine answers;.*$/));
  });

  test('is this machine where the user says so, whatever there is', () => {
    for (const docker of [usable, absent, unusable]) expect(chooseForm('local', docker)).toEqual({ form: 'local' });
  });

  test('is nothing where the user wants Docker and there is none: it is said what to do', () => {
    expect(chooseForm('docker', unusable)).toEqual({
      form: 'none',
      error: expect.stringMatching(/no engine answers.\nStart the engine, or say RUN_WITH=local/) as string,
    });
    expect(chooseForm('docker', absent)).toEqual({
      form: 'none',
      error: expect.stringContaining('Install Docker') as string,
    });
  });
});
