import { describe, expect, test } from 'vitest';
import { judgeDocker } from './engine.ts';
import type { DockerAnswer } from './run-docker.ts';

const said = (stdout: string): DockerAnswer => ({ ok: true, how: 'ended with exit code 0', stdout, lastLines: stdout });
const failed = (lastLines: string, how = 'ended with exit code 1'): DockerAnswer => ({
  ok: false,
  how,
  stdout: 'null',
  lastLines,
});
const engine = (version: string) => said(JSON.stringify({ Version: version, Os: 'linux' }));
const why = (...given: Parameters<typeof judgeDocker>) => {
  const docker = judgeDocker(...given);
  return docker.kind === 'unusable' ? docker.why : docker.kind;
};

describe('Docker can be used', () => {
  test.each([
    ['25.0.0', '2.24.4'],
    ['25.0.0', 'v2.24.10-desktop.1'],
    ['26.0', '2.25'],
    ['28.5.2+dfsg4', 'v2.40.3-desktop.1'],
    ['29.1.0', '5.0.1'],
  ])('with engine %s and Compose %s', (version, compose) => {
    expect(why(engine(version), said(compose))).toBe('usable');
  });

  test.each(['', 'unix:///run/user/1000/docker.sock', 'tcp://127.0.0.1:2375', 'tcp://localhost:2375'])(
    'with the engine at "%s"',
    (host) => {
      expect(why(engine('28.0.0'), said('2.40.0'), host)).toBe('usable');
    },
  );
});

describe('Docker cannot be used', () => {
  const compose = said('2.40.3');

  test.each([
    ['24.0.9', '2.40.3', /engine is 24\.0\.9, older than 25\.0/],
    ['28.0.0', '2.23.3', /Compose is 2\.23\.3, older than 2\.24\.4/],
    ['28.0.0', '2.24.3', /Compose is 2\.24\.3, older than 2\.24\.4/],
    ['28.0.0', '1.29.2', /Compose is 1\.29\.2/],
    ['28.0.0', 'dev', /Compose is dev/],
  ])('with engine %s and Compose %s', (version, given, reason) => {
    expect(why(engine(version), said(given))).toMatch(reason);
  });

  test('without an engine, whose address is said', () => {
    const answer = failed('null\nCannot connect to the Docker daemon at unix:///var/run/docker.sock.');
    expect(why(answer, compose)).toMatch(/^no engine answers \(Cannot connect .*docker\.sock\.\)$/);
  });

  test('by a user who may not', () => {
    const answer = failed('permission denied while trying to connect to the Docker daemon socket at unix:///x');
    expect(judgeDocker(answer, compose)).toMatchObject({
      why: expect.stringContaining('permission denied') as string,
      remedy: expect.stringContaining('usermod') as string,
    });
  });

  test('when its engine hangs', () => {
    expect(why(failed('', 'did not answer within 5 s'), compose)).toBe('its engine did not answer within 5 s');
  });

  test('without Compose', () => {
    expect(why(engine('28.0.0'), failed("docker: 'compose' is not a docker command."))).toBe('it has no Compose');
  });

  test('when its engine is on another machine or runs other containers', () => {
    expect(why(engine('28.0.0'), compose, 'ssh://me@elsewhere')).toMatch(/another machine/);
    expect(why(engine('28.0.0'), compose, 'tcp://localhost.example.com:2375')).toMatch(/another machine/);
    expect(why(said('{"Version":"28.0.0","Os":"windows"}'), compose)).toMatch(/windows containers/);
  });
});
