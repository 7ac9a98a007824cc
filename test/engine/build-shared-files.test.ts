// What a build takes over from an earlier layer is the same file on the disk: nobody may change it for the other image.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type ContextFolder, contextFolder } from './build-context.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

const NAMES = Array.from({ length: 30 }, (_, i) => `f${i}`);

let registry: Awaited<ReturnType<typeof prepareBaseImages>>;
let daemon: RealDaemon;
let context: ContextFolder;
let before: string[];
beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  context = await contextFolder({
    Dockerfile: 'FROM busybox\nCOPY src /src\n',
    ...Object.fromEntries(NAMES.map((name) => [`src/${name}`, `content of ${name}\n`])),
  });
  await build('one');
  await context.write({ 'src/f0': 'changed\n' });
  await build('two');
  before = [await facts('one'), await facts('two')];
});
afterAll(async () => {
  await context?.[Symbol.asyncDispose]();
  expect(await daemon?.stop()).toEqual([]);
  await registry?.stop();
});

async function done(running: Promise<{ code: number | null; stdout: string; stderr: string }>): Promise<string> {
  const { code, stdout, stderr } = await running;
  expect(code, stderr).toBe(0);
  return stdout.trim();
}

const build = (tag: string): Promise<string> => done(daemon.lapstrake('build', '-q', '-t', tag, context.path));
const inImage = (image: string, command: string): Promise<string> =>
  done(daemon.docker('run', '--rm', image, 'sh', '-c', command));
/** All that an image's files are. */
const facts = (image: string): Promise<string> =>
  inImage(image, 'cd /src && stat -c "%n %a %u:%g %s %Y" * && sha256sum *');

/** Changes each file in another way. */
const ATTACK = [
  'echo written > f1',
  'echo appended >> f2',
  'truncate -s 1 f3',
  'chmod 4711 f4',
  'chown 7:7 f5',
  'touch -d @1 f6',
  'ln f7 second; echo through another name >> second',
  'mv f8 moved; echo moved >> moved',
  'rm f9; echo anew > f9',
  'cp -a f10 copy; echo copied >> copy',
  'dd if=/dev/zero of=f11 bs=1 count=3 conv=notrunc 2>/dev/null',
].join(' && ');

async function expectUnchanged(): Promise<void> {
  expect([await facts('one'), await facts('two')]).toEqual(before);
}

test('a layer has the files of the one before as they are, and a copy of its own of what changed', async () => {
  expect(before[0]).not.toBe(before[1]);
  if (!(await done(daemon.docker('info', '-f', '{{.Driver}}'))).startsWith('overlay')) return;
  const [one, two] = await Promise.all(
    ['one', 'two'].map(async (image) => (await inImage(image, 'cd /src && stat -c "%n %i" *')).split('\n').sort()),
  );
  const shared = one!.filter((line) => two!.includes(line)).map((line) => line.split(' ')[0]);
  expect(shared).toEqual(NAMES.filter((name) => name !== 'f0').sort());
});

test('a container changes none of its image, nor what is committed of it', async () => {
  await done(daemon.docker('run', '--name', 'attack', 'two', 'sh', '-c', `cd /src && ${ATTACK}`));
  await expectUnchanged();
  await done(daemon.docker('commit', 'attack', 'committed'));
  await done(daemon.docker('rm', 'attack'));
  expect(await facts('committed')).toContain('moved');
  await expectUnchanged();
  await inImage('committed', `cd /src && mv copy f10; mv moved f8; ${ATTACK}`);
  await expectUnchanged();
});

test('files that are copied into a container change none of its image', async () => {
  await done(daemon.docker('create', '--name', 'stopped', 'two'));
  await done(daemon.docker('cp', `${context.path}/Dockerfile`, 'stopped:/src/f1'));
  await done(daemon.docker('cp', `${context.path}/src/.`, 'stopped:/src'));
  await done(daemon.docker('rm', 'stopped'));
  await expectUnchanged();
});

test('a build changes none of what it builds on, mounts or copies from', async () => {
  await using attack = await contextFolder({
    Dockerfile: [
      'FROM two',
      `RUN cd /src && ${ATTACK}`,
      `RUN --mount=type=bind,from=two,source=/src,target=/m,rw cd /m && ${ATTACK}`,
      'RUN --mount=type=bind,from=one,source=/src,target=/m cd /m && ! echo written > f1 && ! chmod 4711 f4',
      'COPY --from=one --chown=7:7 --chmod=600 /src /src',
      `RUN cd /src && rm -f second copy moved && ${ATTACK}`,
    ].join('\n'),
  });
  await done(daemon.lapstrake('build', '-q', '-t', 'attacked', attack.path));
  await expectUnchanged();
});

test('an image stays whole when the one goes that it shares files with', async () => {
  await context.write({ 'src/f29': 'changed\n' });
  await build('three');
  const three = await facts('three');
  await done(daemon.docker('rmi', 'two'));
  await done(daemon.docker('rmi', 'one', 'committed', 'attacked'));
  await done(daemon.docker('builder', 'prune', '-f', '-a'));
  expect(await facts('three')).toBe(three);
});
