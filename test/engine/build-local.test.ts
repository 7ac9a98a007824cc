// A build that the engine reads from the folder where it lies (`lapstrake build`), and what its RUNs are shown.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { requestBuild } from '../../client/build/request-build.ts';
import { readJsonLines } from '../../client/engines/json-lines.ts';
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { contextFolder } from './build-context.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

let registry: Awaited<ReturnType<typeof prepareBaseImages>>;
let daemon: RealDaemon;
beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
});
afterAll(async () => {
  expect(await daemon?.stop()).toEqual([]);
  await registry?.stop();
});

/** Waits for the other RUN of the same cache mount: it ends only where both run at the same time. */
const meet = (mine: string, other: string): string =>
  `RUN --mount=type=cache,id=meet,target=/m touch /m/${mine} && until [ -e /m/${other} ]; do :; done && echo ${mine} > /${mine}`;

test('stages that do not need each other are built at the same time', async () => {
  await using context = await contextFolder({
    Dockerfile: `FROM busybox AS a\n${meet('one', 'two')}\nFROM busybox AS b\n${meet('two', 'one')}\nFROM scratch\nCOPY --from=a /one /\nCOPY --from=b /two /\n`,
  });
  const { code, stdout } = await daemon.lapstrake('build', '-t', 'met', context.path);
  expect(code).toBe(0);
  const steps = [...stdout.matchAll(/^Step (\d)\/7/gm)].map(([, number]) => Number(number));
  expect(steps, 'they are told in the order of the file').toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('where one stage fails, the others end, and the failure is the one that is told', async () => {
  await using context = await contextFolder({
    Dockerfile:
      'FROM busybox AS a\nRUN while :; do :; done\nFROM busybox AS b\nRUN echo oh; exit 3\nFROM a\nCOPY --from=b /x /\n',
  });
  const { code, stdout, stderr } = await daemon.lapstrake('build', '-t', 'never', context.path);
  expect(code).toBe(1);
  expect(stdout).toContain('oh\n');
  expect(stderr).toContain(
    `${context.path}/Dockerfile:4: The command '/bin/sh -c echo oh; exit 3' returned a non-zero code: 3\nLook at the last lines`,
  );
  expect((await daemon.docker('images', '-q', 'never')).stdout).toBe('');
});

test('two builds at the same time do the work once', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /once\n',
  });
  const ids = await Promise.all(
    [1, 2, 3].map(async () => (await daemon.lapstrake('build', '-q', context.path)).stdout),
  );
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^sha256:[0-9a-f]{64}\n$/);
});

test.each([
  ['FROM scratch\nFORM x\n', [], ':2: dockerfile parse error on line 2: unknown instruction: FORM', 'Correct the name'],
  ['FROM scratch\nCOPY nope /\n', [], ':2: COPY failed: file not found', 'Name a path that is inside'],
  [
    'FROM scratch\n',
    ['--target', 'nope'],
    ':1: target stage "nope" could not be found',
    'Name a stage of the Dockerfile',
  ],
])('%j that cannot be built is told with its place and what to do', async (Dockerfile, options, message, advice) => {
  await using context = await contextFolder({ Dockerfile });
  const { code, stderr } = await daemon.lapstrake('build', ...options, context.path);
  expect(code).toBe(1);
  expect(stderr).toContain(`lapstrake: ${context.path}/Dockerfile${message}`);
  expect(stderr).toContain(`\n${advice}`);
});

test('a file that changes while it is built fails the build, and is never cached as what it was', async () => {
  await using context = await contextFolder({
    Dockerfile:
      'FROM busybox\nRUN --mount=type=cache,id=changing,target=/m touch /m/ready && until [ -e /m/go ]; do :; done\nCOPY file /\n',
    file: 'before',
  });
  const building = daemon.lapstrake('build', '-t', 'changing', context.path);
  const ready = await cacheMountWith('ready');
  await writeFile(join(context.path, 'file'), 'after');
  await writeFile(join(ready, 'go'), '');
  const { code, stderr } = await building;
  expect(stderr).toContain(`${context.path}/Dockerfile:3: file changed while it was being built: build again`);
  expect(code).toBe(1);
  expect((await daemon.lapstrake('build', '-t', 'changing', context.path)).code).toBe(0);
  expect((await daemon.docker('run', '--rm', 'changing', 'cat', '/file')).stdout).toBe('after');
});

/** The folder of a cache mount in which a RUN has made a file of that name. */
async function cacheMountWith(name: string): Promise<string> {
  const parent = join(daemon.root, 'build/cache-mounts');
  let found: string | undefined;
  await expect
    .poll(async () => {
      for (const folder of await readdir(parent).catch(() => [])) {
        if ((await readdir(join(parent, folder))).includes(name)) found = join(parent, folder);
      }
      return found;
    })
    .toBeDefined();
  return found ?? '';
}

describe('secrets', () => {
  const SECRET = 'correct-horse-battery-staple';

  test('are nowhere but in their RUN: not in the image, its history, the cache, the log', async () => {
    await using context = await contextFolder({
      Dockerfile: 'FROM busybox\nRUN --mount=type=secret,id=token wc -c < /run/secrets/token > /length\n',
    });
    await using outside = await contextFolder({ token: SECRET });
    const { code } = await daemon.lapstrake(
      ...['build', '-t', 'secretive', '--secret', `id=token,src=${join(outside.path, 'token')}`, context.path],
    );
    expect(code).toBe(0);
    expect((await daemon.docker('run', '--rm', 'secretive', 'cat', '/length')).stdout).toBe(`${SECRET.length}\n`);
    const search = promisify(execFile)('grep', ['-rlaF', '--exclude-dir=proc', SECRET, daemon.root]);
    await expect(search, 'grep finds nothing').rejects.toMatchObject({ code: 1 });
    expect(daemon.log()).not.toContain(SECRET);
  });

  test('that are required and not given fail at their line, and say how to give them', async () => {
    await using context = await contextFolder({
      Dockerfile: 'FROM busybox\nRUN --mount=type=secret,id=token,required true\n',
    });
    const { code, stderr } = await daemon.lapstrake('build', context.path);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${context.path}/Dockerfile:2: secret token: not found: give it to the build with --secret`,
    );
  });
});

describe('the editor’s build', () => {
  const identity = { name: 'Lapstrake', version: '', apiVersion: '', storage: '', sandbox: '' };
  const engine = { identity: { ...identity, operatingSystem: '', warnings: [] } };

  /** Builds by way of a relay; gives the records, and how many bytes the engine was sent. */
  async function buildByRelay(
    path: string,
    name: string,
    { signal = AbortSignal.timeout(60_000), dockerfile = join(path, 'Dockerfile') } = {},
  ) {
    let sent = 0;
    const folder = await mkdtemp(join(tmpdir(), 'lapstrake-relay-'));
    const clients = new Set<Socket>();
    const relay = createServer((client) => {
      clients.add(client);
      const upstream = connect(daemon.socket);
      client.on('data', (chunk) => (sent += chunk.length));
      client.pipe(upstream).pipe(client);
      client.on('close', () => upstream.destroy());
      for (const each of [client, upstream]) each.on('error', () => each.destroy());
    });
    const socketPath = join(folder, 's.sock');
    await new Promise<void>((resolve) => relay.listen(socketPath, resolve));
    try {
      const { default: Dockerode } = await import('dockerode');
      const near = { docker: new Dockerode({ socketPath }), identity: { ...engine.identity, name } };
      using answer = await requestBuild(near, { dockerfile, context: path, tag: 'edited' }, signal);
      const records: unknown[] = [];
      await readJsonLines(answer.records, (record) => records.push(record), signal);
      return { sent, records };
    } finally {
      // What was kept open for a next request.
      for (const client of clients) client.destroy();
      await new Promise((resolve) => relay.close(resolve));
      await rm(folder, { recursive: true });
    }
  }

  test('sends our engine no archive, and any other one, and gets the same answer', async () => {
    await using context = await contextFolder({
      Dockerfile: 'FROM busybox\nCOPY large /\nRUN echo said\n',
      large: 'x'.repeat(1 << 20),
    });
    const ours = await buildByRelay(context.path, 'Lapstrake');
    expect(ours.sent).toBeLessThan(4096);
    expect(ours.records).toContainEqual({ stream: 'said\n' });
    expect(ours.records.at(-1)).toEqual({ stream: 'Successfully tagged edited:latest\n' });
    const again = await buildByRelay(context.path, 'Lapstrake');
    const others = await buildByRelay(context.path, 'Docker');
    expect(others.sent).toBeGreaterThan(1 << 20);
    expect(others.records).toEqual(again.records);
  });

  test('takes a context that is not the folder of the Dockerfile', async () => {
    await using context = await contextFolder({ there: 'said' });
    await using elsewhere = await contextFolder({ Dockerfile: 'FROM busybox\nCOPY there /\nRUN cat /there\n' });
    await cp(join(elsewhere.path, 'Dockerfile'), join(context.path, 'docker/api'));
    const tagged = { stream: 'Successfully tagged edited:latest\n' };
    const said = async (engine: string, dockerfile: string) =>
      (await buildByRelay(context.path, engine, { dockerfile })).records.at(-1);
    expect(await said('Lapstrake', join(context.path, 'docker/api'))).toEqual(tagged);
    expect(await said('Docker', join(context.path, 'docker/api'))).toEqual(tagged);
    expect(await said('Lapstrake', join(elsewhere.path, 'Dockerfile'))).toEqual(tagged);
    await expect(said('Docker', join(elsewhere.path, 'Dockerfile'))).rejects.toThrow('outside of its build context');
  });

  test('ends in the engine where it is cancelled, and tells of a failure as any engine does', async () => {
    await using context = await contextFolder({ Dockerfile: 'FROM busybox\nRUN echo begun; exec sleep 31.4159\n' });
    const cancel = new AbortController();
    const building = buildByRelay(context.path, 'Lapstrake', { signal: cancel.signal }).catch(
      (error: Error) => error.name,
    );
    await vi.waitUntil(() => runs('sleep\0' + '31.4159'), { timeout: 30_000 });
    cancel.abort();
    expect(await building).toBe('AbortError');
    await vi.waitUntil(async () => !(await runs('sleep\0' + '31.4159')), { timeout: 30_000 });
    await writeFile(join(context.path, 'Dockerfile'), 'FROM busybox\nRUN exit 3\n');
    const { records } = await buildByRelay(context.path, 'Lapstrake');
    expect(records.at(-1)).toMatchObject({ errorDetail: { code: 3, line: 2, stateBefore: expect.any(String) } });
  });
});

/** Whether a process of this machine has that command line. */
async function runs(command: string): Promise<boolean> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.some((line) => line.includes(command));
}

test('an engine that sees another folder at the path is sent the context', async () => {
  await using context = await contextFolder({ Dockerfile: 'FROM busybox\nCOPY a /\n', a: 'a' });
  const body = JSON.stringify({
    context: {
      folder: context.path,
      identity: { device: '0', inode: '0' },
      dockerfile: `${context.path}/Dockerfile`,
    },
  });
  const answer = await promisify(execFile)('curl', [
    ...['-s', '--unix-socket', daemon.socket, '-H', 'Content-Type: application/json', '-d', body],
    ...['-w', ' %{http_code}', 'http://x/lapstrake/build'],
  ]);
  expect(answer.stdout).toMatch(/does not see the same folder at .* 409$/s);
});
