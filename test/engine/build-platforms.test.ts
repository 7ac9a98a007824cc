// Builds for other platforms than this machine's.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyConfig } from '../../core/image/config.ts';
import { adviceFor } from '../../core/plan/advice.ts';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import { type BuildGround, openBuildGround } from './build-ground.ts';

let ground: BuildGround;
beforeAll(async () => {
  ground = await openBuildGround();
  // A program of a machine that no kernel has an interpreter for.
  const program = Buffer.alloc(128);
  Buffer.from('7f454c46020101000000000000000000020034120100000078004000000000004000', 'hex').copy(program);
  const { digest } = await ground.blobs.put(
    pack([
      { entry: tarEntry({ name: 'bin', type: 'directory' }) },
      { entry: tarEntry({ name: 'bin/sh', mode: 0o755, size: program.length }), content: program },
    ]),
  );
  const layer = await ground.images.addLayer(digest);
  const image = await ground.images.create({
    config: {
      created: '2024-01-01T00:00:00Z',
      author: undefined,
      architecture: 's390x',
      os: 'linux',
      variant: undefined,
      'os.version': undefined,
      config: { ...emptyConfig(), Env: ['PATH=/bin'] },
      history: [],
      container: undefined,
      container_config: undefined,
      docker_version: undefined,
    },
    layers: [layer.diffId],
  });
  await ground.images.tag(image.id, 'foreign');
});
afterAll(() => ground[Symbol.asyncDispose]());

const build = async (dockerfile: string) =>
  ground.builder.build(
    {
      dockerfile: 'Dockerfile',
      context: await ground.context({ Dockerfile: dockerfile, f: 'x' }),
      platform: 'linux/s390x',
    },
    () => undefined,
  );

test('what runs nothing is built for any platform', async () => {
  const id = await build('FROM foreign\nCOPY f /\nWORKDIR /w\nENV A=1\n');
  expect(ground.images.get(id)!.config.architecture).toBe('s390x');
});

test('RUN takes the machine’s own programs from a stage of its own platform', async () => {
  const id = await build(
    'FROM --platform=$BUILDPLATFORM box AS build\nRUN echo $TARGETARCH > /tmp/made\nFROM foreign\nCOPY --from=build /tmp/made /\n',
  );
  expect(ground.images.get(id)!.config.architecture).toBe('s390x');
});

test('a command that the kernel cannot run says so, and what would help', async () => {
  const error: unknown = await build('FROM foreign\nCOPY f /\nRUN true\n').catch((failure: unknown) => failure);
  expect(error).toMatchObject({
    code: 'platform-not-runnable',
    message: expect.stringMatching(/^commands of linux\/s390x cannot run on this machine, which is linux\/\w+: /),
    range: { start: { line: 2 } },
  });
  expect(adviceFor('platform-not-runnable')).toContain('binfmt');
});
