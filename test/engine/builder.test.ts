import { execFileSync } from 'node:child_process';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImageId } from '../../core/image/digest.ts';
import type { BuildEvent } from '../../protocol/build-event.ts';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import { TarReader } from '../../runtime/archive/tar-reader.ts';
import type { BuildRequest } from '../../runtime/build/builder.ts';
import { classicFailure, classicRecords } from '../../runtime/build/classic-progress.ts';
import { StepOrder } from '../../runtime/build/step-order.ts';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { type BuildGround, openBuildGround } from './build-ground.ts';

let ground: BuildGround;
beforeAll(async () => {
  ground = await openBuildGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

interface Outcome {
  readonly id: ImageId;
  readonly events: readonly BuildEvent[];
  /** As `docker build` prints it, IDs as `<id>`. */
  readonly text: string;
}

async function build(
  files: Readonly<Record<string, string | Buffer>>,
  more: Partial<BuildRequest> = {},
  signal?: AbortSignal,
): Promise<Outcome> {
  const context = more.context ?? (await ground.context(files));
  const events: BuildEvent[] = [];
  const request = { dockerfile: 'Dockerfile', ...more, context };
  const id = await ground.builder.build(request, (event) => events.push(event), signal);
  return { id, events, text: printed(events) };
}

function printed(events: readonly BuildEvent[]): string {
  const inOrder: BuildEvent[] = [];
  const order = new StepOrder((event) => inOrder.push(event));
  events.forEach(order.add);
  order.flush();
  const records = inOrder.flatMap(classicRecords) as { stream?: string }[];
  return records.map(({ stream = '' }) => stream.replace(/\b[0-9a-f]{12}\b/g, '<id>')).join('');
}

/** What the image's top layers hold: `path mode uid:gid size`, of those above the base. */
async function layersOf(id: ImageId, above = 1): Promise<string[][]> {
  const image = ground.images.get(id)!;
  return Promise.all(
    image.layers.slice(above).map(async ({ blob }) => {
      const reader = new TarReader(await ground.blobs.open(blob));
      const lines: string[] = [];
      for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
        const mode = entry.mode.toString(8).padStart(4, '0');
        lines.push(
          `${entry.name}${entry.type === 'directory' ? '/' : ''} ${mode} ${entry.uid}:${entry.gid} ${entry.size}`,
        );
      }
      return lines;
    }),
  );
}

async function failure(attempt: Promise<unknown>): Promise<{ message: string; [key: string]: unknown }> {
  return attempt.then(
    () => {
      throw new Error('the build succeeded');
    },
    (error) => error,
  );
}

/** Nothing of a build is left: no snapshot, no sandbox, no temporary file. */
async function expectClean(): Promise<void> {
  expect((await ground.snapshots.list()).active).toEqual([]);
  expect(await ground.sandbox.list()).toEqual([]);
  expect(await readdir(join(ground.root, 'build/temporary'))).toEqual([]);
  expect((await readdir(join(ground.root, 'images/blobs/sha256'))).filter((name) => name.startsWith('.'))).toEqual([]);
}

test('a build runs commands, copies files and gives an image with config and history', async () => {
  const { id, text } = await build(
    {
      Dockerfile:
        'FROM box\nENV A=1\nWORKDIR /srv/app\nCOPY a.txt .\nRUN echo got $A > out && rm /etc/group\nCMD ["cat", "out"]\n',
      'a.txt': 'hello',
    },
    { tags: ['app:1'] },
  );
  expect(text).toBe(
    [
      'Step 1/6 : FROM box',
      ' ---> <id>',
      'Step 2/6 : ENV A=1',
      ' ---> <id>',
      'Step 3/6 : WORKDIR /srv/app',
      ' ---> <id>',
      'Step 4/6 : COPY a.txt .',
      ' ---> <id>',
      'Step 5/6 : RUN echo got $A > out && rm /etc/group',
      '[Warning] This machine allows no network namespaces: the container shares the host’s network.',
      ' ---> Running in <id>',
      'Removing intermediate container <id>',
      ' ---> <id>',
      'Step 6/6 : CMD ["cat", "out"]',
      ' ---> <id>',
      'Successfully built <id>',
      'Successfully tagged app:1',
      '',
    ].join('\n'),
  );
  const image = ground.images.resolve('app:1');
  expect(image.id).toBe(id);
  expect(image.config.config).toMatchObject({ WorkingDir: '/srv/app', Cmd: ['cat', 'out'] });
  expect(image.config.history.map(({ empty_layer }) => empty_layer)).toEqual([false, true, false, false, false, true]);
  expect(await layersOf(id)).toEqual([
    ['srv/ 0755 0:0 0', 'srv/app/ 0755 0:0 0'],
    ['srv/ 0755 0:0 0', 'srv/app/ 0755 0:0 0', 'srv/app/a.txt 0644 0:0 5'],
    ['etc/ 0755 0:0 0', 'etc/.wh.group 0000 0:0 0', 'srv/ 0755 0:0 0', 'srv/app/ 0755 0:0 0', 'srv/app/out 0644 0:0 6'],
  ]);
  await expectClean();
});

test('a second build takes all from the cache and gives the same image; a change rebuilds from there on', async () => {
  const files = { Dockerfile: 'FROM box\nRUN echo one > /one\nCOPY a /a\nRUN cat /a > /b\n', a: 'first' };
  const first = await build(files);
  const second = await build(files);
  expect(second.id).toBe(first.id);
  expect(second.events.filter(({ kind }) => kind === 'cached')).toHaveLength(3);
  const third = await build({ ...files, a: 'other' });
  expect(third.events.map(({ kind }) => kind).filter((kind) => kind === 'cached' || kind === 'running')).toEqual([
    'cached',
    'running',
  ]);
  expect(third.id).not.toBe(first.id);
  const fourth = await build(files, { noCache: true });
  expect(fourth.events.filter(({ kind }) => kind === 'cached')).toHaveLength(0);
});

test('only the stages that are needed are built, and files come from other stages and images', async () => {
  const { id, text } = await build({
    Dockerfile: [
      'FROM box AS unused',
      'RUN exit 1',
      'FROM box AS maker',
      'RUN mkdir -p /out/sub && echo made > /out/sub/file && ln -s sub/file /out/link',
      'FROM scratch',
      'COPY --from=maker /out /result/',
      'COPY --from=box /bin/busybox /result/box',
    ].join('\n'),
  });
  expect(text).not.toContain('exit 1');
  expect(await layersOf(id, 0)).toEqual([
    ['result/ 0755 0:0 0', 'result/link 0777 0:0 0', 'result/sub/ 0755 0:0 0', 'result/sub/file 0644 0:0 5'],
    ['result/ 0755 0:0 0', expect.stringMatching(/^result\/box 0755 0:0 \d+$/)],
  ]);
});

describe('COPY and ADD', () => {
  test('set owners and modes, and keep what exists', async () => {
    const { id } = await build({
      Dockerfile:
        'FROM box\nCOPY --chown=app:staff --chmod=640 f /new/place/\nCOPY --chown=7 f /tmp/\nCOPY f /linked/g\n',
      f: 'x',
    });
    expect(await layersOf(id)).toEqual([
      ['new/ 0640 1000:50 0', 'new/place/ 0640 1000:50 0', 'new/place/f 0640 1000:50 1'],
      ['tmp/ 1777 0:0 0', 'tmp/f 0644 7:7 1'],
      ['tmp/ 1777 0:0 0', 'tmp/g 0644 0:0 1'],
    ]);
  });

  test('a single file goes into a directory that the image has', async () => {
    const { id } = await build({ Dockerfile: 'FROM box\nRUN mkdir /here\nCOPY f /here\nCOPY f /there\n', f: 'x' });
    expect((await layersOf(id)).slice(1)).toEqual([['here/ 0755 0:0 0', 'here/f 0644 0:0 1'], ['there 0644 0:0 1']]);
  });

  test('nothing goes below a file, or in place of a directory', async () => {
    const below = await failure(build({ Dockerfile: 'FROM box\nCOPY f /etc/passwd/\n', f: 'x' }));
    expect(below).toMatchObject({ kind: 'invalid', subject: '/etc/passwd' });
    const onto = await failure(build({ Dockerfile: 'FROM box\nCOPY d /\n', 'd/etc': 'x' }));
    expect(onto).toMatchObject({ kind: 'invalid', subject: '/etc' });
    await expectClean();
  });

  test('ADD unpacks archives', async () => {
    const archive = await buffer(
      pack([
        { entry: tarEntry({ name: 'd', type: 'directory', mode: 0o700, uid: 5 }) },
        { entry: tarEntry({ name: 'd/f', size: 2, uid: 5 }), content: Buffer.from('hi') },
        { entry: tarEntry({ name: 'a-link', type: 'hardlink', linkname: 'd/f', uid: 5 }) },
        { entry: tarEntry({ name: 'large', size: 300_000 }), content: Buffer.alloc(300_000, 'x') },
      ]),
    );
    const { id } = await build({ Dockerfile: 'FROM box\nADD a.tar /into/\n', 'a.tar': archive });
    expect(await layersOf(id)).toEqual([
      [
        'into/ 0755 0:0 0',
        'into/d/ 0700 5:0 0',
        'into/d/f 0644 5:0 2',
        'into/large 0644 0:0 300000',
        'into/a-link 0644 5:0 0',
      ],
    ]);
  });

  test('a missing source is named as Docker names it', async () => {
    const error = await failure(build({ Dockerfile: 'FROM box\nCOPY nope /\n' }));
    expect(error).toMatchObject({
      kind: 'invalid',
      message:
        'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist',
    });
    const inStage = await failure(build({ Dockerfile: 'FROM box AS a\nFROM box\nCOPY --from=a /nope /\n' }));
    expect(inStage).toMatchObject({ kind: 'invalid', subject: '/nope' });
    await expectClean();
  });
});

test('links in a context or a stage lead nowhere but inside it', async () => {
  const secret = join(ground.root, 'secret');
  await writeFile(secret, 'of the host');
  const context = await ground.context({ 'inside/f': 'x' });
  await symlink('/etc', join(context, 'folder'));
  await symlink(secret, join(context, 'file'));
  await symlink('../../../../../../../etc', join(context, 'up'));
  const attempt = async (line: string) => {
    await writeFile(
      join(context, 'Dockerfile'),
      `FROM box AS stage\nRUN ln -s ${ground.root} /out\nFROM box\n${line}\n`,
    );
    return failure(build({}, { context }));
  };
  for (const line of [
    'COPY folder/passwd /stolen',
    'COPY up/passwd /stolen',
    'COPY --from=stage /out/secret /stolen',
    'RUN --mount=type=bind,source=folder,target=/m cat /m/passwd',
    'RUN --mount=type=bind,source=file,target=/m cat /m',
    'RUN --mount=type=bind,from=stage,source=/out,target=/m cat /m/secret',
  ]) {
    expect({ line, error: await attempt(line) }).toMatchObject({ line, error: { kind: 'invalid' } });
  }
  await symlink(secret, join(context, 'Linkfile'));
  expect(await failure(build({}, { context, dockerfile: 'Linkfile' }))).toMatchObject({ code: 'dockerfile-missing' });
  expect(await failure(build({}, { context, dockerfile: '../secret' }))).toMatchObject({ code: 'dockerfile-missing' });
  await expectClean();
});

describe('RUN', () => {
  test('shows the command’s output as it comes', async () => {
    const { events } = await build({ Dockerfile: 'FROM box\nRUN echo out; echo err >&2\n' });
    const output = events.flatMap((event) => (event.kind === 'output' ? [event.text] : [])).join('');
    expect(output).toContain('out\n');
    expect(output).toContain('err\n');
  });

  test('runs as the user, in the directory, with the mounts', async () => {
    const { events, id } = await build({
      Dockerfile: [
        'FROM box',
        'RUN mkdir -p /home/app && chown app:app /home/app',
        'USER app',
        'WORKDIR /home/app',
        'RUN --mount=type=bind,source=f,target=/ctx --mount=type=cache,target=/cache --mount=type=tmpfs,target=/t cat /ctx; id; pwd; echo $HOME; touch /t/x',
      ].join('\n'),
      f: 'from the context\n',
    });
    const output = events.flatMap((event) => (event.kind === 'output' ? [event.text] : [])).join('');
    expect(output).toContain(
      'from the context\nuid=1000(app) gid=1001(app) groups=50(staff),1001(app)\n/home/app\n/home/app\n',
    );
    // Neither mounts nor the points that they were mounted on are in the layer.
    expect((await layersOf(id)).at(-1)).toEqual([]);
  });

  test('a cache mount keeps what earlier commands put there', async () => {
    const line = 'RUN --mount=type=cache,target=/c echo x >> /c/n; cat /c/n | wc -l';
    const { events } = await build({ Dockerfile: `FROM box\n${line}\n${line} # again\n` });
    expect(events.flatMap((event) => (event.kind === 'output' ? [event.text.trim()] : []))).toEqual(['1', '2']);
  });

  test('a command that fails ends the build with its exit code and leaves nothing', async () => {
    const before = ground.images.list({ all: true }).length;
    const error = await failure(build({ Dockerfile: 'FROM box\nRUN echo made > /x && exit 3\n' }, { tags: ['never'] }));
    expect(classicFailure(error)).toEqual({
      errorDetail: {
        advice: expect.stringContaining('Look at the last lines'),
        code: 3,
        line: 2,
        message: "The command '/bin/sh -c echo made > /x && exit 3' returned a non-zero code: 3",
      },
      error: "The command '/bin/sh -c echo made > /x && exit 3' returned a non-zero code: 3",
    });
    expect(ground.images.list({ all: true })).toHaveLength(before);
    expect(ground.images.find('never')).toBeUndefined();
    await expectClean();
  });

  test('a program that is not there is said so', async () => {
    const error = await failure(build({ Dockerfile: 'FROM box\nRUN ["/no/such/program"]\n' }));
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('/no/such/program') });
    await expectClean();
  });

  test('cancelling ends the command and leaves nothing', async () => {
    const abort = new AbortController();
    const context = await ground.context({ Dockerfile: 'FROM box\nRUN echo started; sleep 600\n' });
    const building = ground.builder.build(
      { context, dockerfile: 'Dockerfile' },
      (event) => {
        if (event.kind === 'output') abort.abort();
      },
      abort.signal,
    );
    expect(await failure(building)).toMatchObject({ kind: 'cancelled' });
    await expectClean();
  });
});

test('an unknown base image is an error that names it', async () => {
  expect(await failure(build({ Dockerfile: 'FROM no-such-image\n' }))).toMatchObject({
    kind: 'not-found',
    subject: 'no-such-image',
  });
});

test('a Dockerfile that is not there is named', async () => {
  expect(await failure(build({ other: '' }))).toMatchObject({
    kind: 'invalid',
    message: 'Cannot locate specified Dockerfile: Dockerfile',
  });
});

test('records of the cache can be asked for, and its layers outlive the image', async () => {
  const files = { Dockerfile: 'FROM box\nRUN echo kept > /kept\n' };
  const { id } = await build(files, { tags: ['kept'] });
  await ground.images.remove('kept');
  expect(ground.images.get(id)).toBeUndefined();
  expect((await build(files)).events.filter(({ kind }) => kind === 'cached')).toHaveLength(1);
});

test('the layout is one that skopeo reads', async ({ skip }) => {
  if ((await findProgram('skopeo')) === undefined) skip('skopeo is not here');
  const { id } = await build({ Dockerfile: 'FROM box\nRUN echo x > /x\n' }, { tags: ['layout:1'] });
  const text = execFileSync('skopeo', ['inspect', '--config', '--raw', `oci:${join(ground.root, 'images')}:layout:1`], {
    encoding: 'utf8',
  });
  expect(JSON.parse(text).rootfs.diff_ids).toEqual(ground.images.get(id)!.config.rootfs.diff_ids);
});
