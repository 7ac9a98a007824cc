// `docker rmi` says and does what a real dockerd does: each step runs on both, one after the other.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

interface Engine {
  docker(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
}

let registry: BaseImages;
let dockerd: RealDockerd;
let daemon: RealDaemon;
let id: string;
let digest: string;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  [dockerd, daemon] = await Promise.all([
    startRealDockerd(registry.registryUrl),
    startRealDaemon(['--registry-mirror', registry.registryUrl]),
  ]);
  await both(['pull', '-q', 'busybox']);
  id = (await daemon.docker('image', 'inspect', '-f', '{{.Id}}', 'busybox')).stdout.trim();
  digest = (await daemon.docker('image', 'inspect', '-f', '{{index .RepoDigests 0}}', 'busybox')).stdout.trim();
});

afterAll(async () => {
  const left = await daemon?.stop();
  await dockerd?.[Symbol.asyncDispose]();
  await registry?.stop();
  expect(left).toEqual([]);
});

const LISTING = ['images', '-a', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'];

/** What a step brings, with the names of containers and images that only one engine has made in place of their IDs. */
async function outcome(engine: Engine, args: readonly string[], made: Map<string, string>): Promise<object> {
  const { code, stdout, stderr } = await engine.docker(...args);
  const named = (text: string): string => {
    let said = text;
    for (const [real, name] of made) {
      said = said.replaceAll(real, name).replaceAll(real.replace(/^(sha256:)?/, '').slice(0, 12), `${name} (short)`);
    }
    return (
      said
        // Newer ones also say which part of the name it is.
        .replace('repository name (Case) must', 'repository name must')
        // Of several that use an image, dockerd names any.
        .replace(/ container (<\w+> \(short\)|[0-9a-f]{12}) is using/g, ' container <one> is using')
        .trim()
    );
  };
  // Images of the same second stand in no order.
  const lines = args === LISTING ? named(stdout).split('\n').sort() : named(stdout);
  return { args, code, stdout: lines, stderr: named(stderr) };
}

const made = new Map<Engine, Map<string, string>>();

async function both(args: readonly string[]): Promise<object[]> {
  const outcomes: object[] = [];
  for (const engine of [dockerd, daemon]) outcomes.push(await outcome(engine, args, made.get(engine) ?? new Map()));
  return outcomes;
}

/** Runs a step that must succeed on both and prints an ID, which is called by that name from here on. */
async function make(name: string, ...args: readonly string[]): Promise<void> {
  for (const engine of [dockerd, daemon]) {
    const { code, stdout, stderr } = await engine.docker(...args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    const ids = made.get(engine) ?? new Map<string, string>();
    made.set(engine, ids.set(stdout.trim(), `<${name}>`));
  }
}

/** Every step brings the same on both; gives what it brought. */
async function same(steps: readonly (readonly string[])[]): Promise<string> {
  let all = '';
  for (const step of steps) {
    const [theirs, ours] = await both(step);
    expect(ours).toEqual(theirs);
    all += JSON.stringify(ours);
  }
  return all;
}

const short = (): string => id.slice('sha256:'.length, 'sha256:'.length + 12);

describe('an image goes as dockerd lets it go', () => {
  test('by its tags, the last of which takes it along', async () => {
    const said = await same([
      ['tag', 'busybox', 'a:1'],
      ['tag', 'busybox', 'a:2'],
      ['rmi', 'a:1'],
      ['rmi', 'a:2', 'busybox'],
      LISTING,
      ['pull', '-q', 'busybox'],
    ]);
    expect(said).toContain(`Deleted: ${id}`);
  });

  test('by its ID, which must be forced where several repositories name it', async () => {
    const said = await same([
      ['tag', 'busybox', 'b:1'],
      ['rmi', short()],
      ['rmi', id],
      ['rmi', '-f', short()],
      LISTING,
      ['pull', '-q', 'busybox'],
      ['rmi', short()],
      ['pull', '-q', 'busybox'],
      ['tag', 'busybox', 'busybox:two'],
      ['rmi', id],
      ['rmi', '-f', id],
      ['pull', '-q', 'busybox'],
    ]);
    expect(said).toContain('must be forced');
  });

  test('by its digest', async () => {
    await same([
      ['tag', 'busybox', 'c:1'],
      ['rmi', digest],
      ['image', 'inspect', '-f', '{{json .RepoTags}} {{json .RepoDigests}}', id],
      ['rmi', 'busybox', 'c:1'],
      ['pull', '-q', digest],
      LISTING,
      ['rmi', digest],
      LISTING,
      ['pull', '-q', 'busybox'],
    ]);
  });

  test('not where it is none, or is no name', async () => {
    const said = await same([
      ['rmi', 'nobody'],
      ['rmi', 'nobody:1', 'busybox:none'],
      ['rmi', '-f', 'nobody'],
      ['rmi', 'Upper/Case'],
      ['rmi', '0123456789ab'],
      ['rmi', `busybox@sha256:${'0'.repeat(64)}`],
      ['rmi', ''],
      ['tag', 'busybox', 'd:1'],
      ['rmi', 'nobody', 'd:1'],
      ['image', 'rm', '--no-prune', 'nobody'],
    ]);
    expect(said).toContain('No such image');
  });

  test('not while a container uses it, unless forced and the container has ended', async () => {
    await make('running', 'run', '-d', '--network', 'none', '--name', 'running', 'busybox', 'sleep', '1000');
    const said = await same([
      ['rmi', 'busybox'],
      ['rmi', id],
      ['rmi', '-f', id],
      ['tag', 'busybox', 'e:1'],
      ['rmi', 'e:1'],
      ['rmi', '-f', id],
      LISTING,
      ['kill', 'running'],
      ['rmi', 'busybox'],
      ['rmi', id],
    ]);
    // Which of several containers is named depends on chance.
    await make('ended', 'create', '--network', 'none', '--name', 'ended', 'busybox', 'echo', 'it runs');
    const later = await same([
      ['rm', '-f', 'running'],
      ['start', '-a', 'ended'],
      ['rmi', 'busybox'],
      ['rmi', id],
      ['rmi', '-f', 'busybox'],
      LISTING,
      ['start', '-a', 'ended'],
      ['rm', 'ended'],
      ['rmi', '-f', id],
      ['pull', '-q', 'busybox'],
    ]);
    expect(said).toContain('cannot be forced');
    expect(later).toContain('must be forced');
  });

  test('not while others stand on it, which go along once they have no name', async () => {
    await make('container', 'create', '--network', 'none', '--name', 'base', 'busybox', 'true');
    await make('child', 'commit', '-c', 'ENV A=1', 'base', 'child:1');
    await make('second', 'create', '--network', 'none', '--name', 'second', 'child:1', 'true');
    await make('grandchild', 'commit', '-c', 'ENV B=1', 'second', 'grandchild:1');
    const said = await same([
      ['rm', 'base', 'second'],
      ['rmi', id],
      ['rmi', '-f', id],
      ['rmi', 'busybox'],
      ['rmi', 'child:1'],
      LISTING,
      ['rmi', '--no-prune', 'grandchild:1'],
      LISTING,
      ['image', 'prune', '-f'],
      ['pull', '-q', 'busybox'],
    ]);
    expect(said).toContain('dependent child images');
  });
});
