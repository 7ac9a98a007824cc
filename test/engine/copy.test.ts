import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PackItem, pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { ask } from './engine-state.ts';
import { okay } from './okay.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

// `docker cp` in both directions, and what a container can do to lead it astray.

let registry: BaseImages;
let daemon: RealDaemon;
/** A folder of the host, with a secret in it that no container may get at. */
let host: string;

const ok = async (...args: readonly string[]): Promise<string> => okay(await daemon.docker(...args));

const fails = async (...args: readonly string[]): Promise<string> => {
  const { code, stderr } = await daemon.docker(...args);
  expect(code).toBe(1);
  return stderr;
};

/** Puts an archive into a container, as a client does that makes its own. */
const put = (container: string, path: string, ...items: readonly PackItem[]) =>
  ask(daemon, 'PUT', `/containers/${container}/archive?path=${path}`, { tar: Readable.from(pack(items)) });

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await ok('pull', 'busybox');
  host = await mkdtemp(join(tmpdir(), 'lapstrake-copy-'));
  await writeFile(join(host, 'secret'), 'secret of the host\n');
  await ok('run', '-d', '--name', 'runs', '-v', 'data:/data', '--tmpfs', '/scratch', 'busybox', 'sleep', '1000');
  await ok('create', '--name', 'rests', '-v', 'data:/data', 'busybox', 'true');
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  await rm(host, { recursive: true, force: true });
  expect(left).toEqual([]);
});

test('nothing is copied from or to no path', async () => {
  const says = 'bad parameter: path cannot be empty';
  expect(await fails('cp', 'runs:', '-')).toContain(says);
  expect(await fails('cp', 'runs:', join(host, 'none'))).toContain(says);
  expect((await put('runs', '')).text).toContain(says);
});

test.each(['runs', 'rests'])('a file and a folder go into and out of a container that %s', async (name) => {
  const from = join(host, `from-${name}`);
  await mkdir(join(from, 'sub'), { recursive: true });
  await writeFile(join(from, 'sub/file'), `for ${name}\n`, { mode: 0o640 });
  await symlink('sub/file', join(from, 'link'));
  await ok('cp', from, `${name}:/tmp`);
  await ok('cp', join(from, 'sub/file'), `${name}:/tmp/renamed`);
  const back = join(host, `back-${name}`);
  await ok('cp', `${name}:/tmp/from-${name}`, back);
  expect(await readFile(join(back, 'link'), 'utf8')).toBe(`for ${name}\n`);
  await ok('cp', `${name}:/tmp/renamed`, join(back, 'other'));
  expect(await readFile(join(back, 'other'), 'utf8')).toBe(`for ${name}\n`);
  const listed = await command('sh', [
    '-c',
    `docker -H unix://${daemon.socket} cp ${name}:/tmp/from-${name}/. - | tar -tv`,
  ]);
  expect(listed.stdout).toMatch(/drwx.* \.\/\n.* \.\/link -> sub\/file\ndrwx.* \.\/sub\/\n-rw-r----- .* \.\/sub\/file/);
});

test('the whole root comes out, and a packed archive goes in', async () => {
  const socket = `unix://${daemon.socket}`;
  const all = await command('sh', ['-c', `docker -H ${socket} cp rests:/ - | tar -t`]);
  expect(all.stdout).toMatch(/^\/?etc\/passwd$/m);
  await command('sh', ['-c', `tar -C ${host} -cz secret | docker -H ${socket} cp - rests:/tmp`]);
  expect((await command('sh', ['-c', `docker -H ${socket} cp rests:/tmp/secret - | tar -xO`])).stdout).toContain(
    'secret',
  );
});

test('volumes are seen whether the container runs or not, and /etc/hosts is the container’s own', async () => {
  await ok('cp', join(host, 'secret'), 'rests:/data/shared');
  expect(await ok('exec', 'runs', 'cat', '/data/shared')).toBe('secret of the host');
  await ok('cp', 'runs:/etc/hosts', join(host, 'hosts'));
  expect(await readFile(join(host, 'hosts'), 'utf8')).toContain(await ok('exec', 'runs', 'hostname'));
  for (const name of ['runs', 'rests']) {
    const text = await fails('cp', join(host, 'secret'), `${name}:/etc/hosts`);
    expect(text).toContain('unlinkat /etc/hosts: device or resource busy: something is mounted there');
  }
});

test('what is missing, no folder, or of another kind is said as Docker says it', async () => {
  expect(await fails('cp', 'runs:/none', host)).toContain('Could not find the file /none in container runs');
  expect(await fails('cp', 'runs:/etc/passwd/', host)).toMatch(/not a directory/i);
  expect(await fails('cp', 'runs:/etc/passwd/below', host)).toContain('lstat /etc/passwd/below: not a directory');
  expect(await fails('cp', join(host, 'secret'), 'runs:/none/')).toMatch(/no such directory|Could not find/i);
  const kept = join(host, 'kept');
  await mkdir(join(kept, 'passwd'), { recursive: true });
  await ok('create', '--name', 'kinds', 'busybox');
  expect(await fails('cp', `${kept}/.`, 'kinds:/etc')).toMatch(/cannot overwrite non-directory .*passwd/);
  expect((await ask(daemon, 'PUT', '/containers/kinds/archive?path=/etc/passwd')).text).toContain(
    'extraction point is not a directory',
  );
  expect((await ask(daemon, 'GET', '/containers/kinds/archive')).status).toBe(400);
  await ok('rm', 'kinds');
});

test('a path’s header says what is there, with Go’s mode and where a link leads', async () => {
  await ok(
    'exec',
    'runs',
    'sh',
    '-c',
    'mkdir -p /a && echo hello >/a/file && chmod 4755 /a/file && ln -sf ../a/file /a/link',
  );
  const stat = async (path: string): Promise<unknown> => {
    const header = await new Promise<unknown>((resolve, reject) => {
      const target = { socketPath: daemon.socket, method: 'HEAD', path: `/containers/runs/archive?path=${path}` };
      const sent = request(target, ({ headers }) => resolve(headers['x-docker-container-path-stat']));
      sent.on('error', reject).end();
    });
    return JSON.parse(Buffer.from(String(header), 'base64').toString());
  };
  expect(await stat('/a/file')).toMatchObject({ name: 'file', size: 6, mode: 2 ** 23 + 0o755, linkTarget: '' });
  expect(await stat('/a/link')).toMatchObject({ name: 'link', linkTarget: '/a/file' });
  expect(await stat('/tmp')).toMatchObject({ name: 'tmp', mode: 2 ** 31 + 2 ** 20 + 0o777 });
});

test('with -a, files become those of the container’s user', async () => {
  await ok('create', '--name', 'user', '-u', '1234:567', 'busybox', 'true');
  const socket = `unix://${daemon.socket}`;
  await command('sh', ['-c', `tar -C ${host} -c secret | docker -H ${socket} cp -a - user:/tmp`]);
  const listed = await command('sh', ['-c', `docker -H ${socket} cp user:/tmp/secret - | tar -tvn`]);
  expect(listed.stdout).toContain('1234/567');
  await ok('rm', 'user');
});

test('nothing is written to a read-only root or volume', async () => {
  await ok('create', '--name', 'shut', '--read-only', '-v', 'data:/ro:ro', '-v', 'open:/open', 'busybox', 'true');
  expect(await fails('cp', join(host, 'secret'), 'shut:/tmp/x')).toContain('read-only');
  expect(await fails('cp', join(host, 'secret'), 'shut:/ro/x')).toContain('read-only');
  await ok('cp', join(host, 'secret'), 'shut:/open/x');
  await ok('rm', 'shut');
});

test('a link of the container leads nowhere on the host, neither for reading nor for writing', async () => {
  await ok(
    'exec',
    'runs',
    'sh',
    '-c',
    `ln -sfn ${host} /evil; ln -sfn ../../../../../..${host} /up; mkdir -p /in; ln -sfn ${host} /in/evil`,
  );
  for (const link of ['/evil', '/up', '/in/evil']) {
    expect(await fails('cp', `runs:${link}/secret`, join(host, 'stolen'))).toContain('Could not find');
    await fails('cp', join(host, 'secret'), `runs:${link}/planted`);
  }
  // The link itself, not what it names.
  await ok('cp', 'runs:/in', join(host, 'copied'));
  expect(await readdir(join(host, 'copied'))).toEqual(['evil']);
  for (const name of ['evil/planted', '../planted', '/../../planted']) {
    await put('runs', '/in', { entry: tarEntry({ name, size: 3 }), content: Buffer.from('bad') });
  }
  const hardLink = await put('runs', '/in', {
    entry: tarEntry({ name: 'hard', type: 'hardlink', linkname: `../..${host}/secret` }),
  });
  expect(hardLink.status).toBe(400);
  expect(await readdir(host)).not.toContain('planted');
  expect(await readdir(tmpdir())).not.toContain('planted');
  expect(await readdir('/')).not.toContain('planted');
});

test('a container that swaps a folder for a link all the time gets nothing of the host', async () => {
  const swap = `mkdir -p /race/a; echo own >/race/a/secret; ln -s ${host} /race/b; cd /race; while :; do mv a c; mv b a; mv a b; mv c a; done`;
  await ok('run', '-d', '--name', 'racer', 'busybox', 'sh', '-c', swap);
  const round = async (): Promise<string> => {
    const got = await command('sh', [
      '-c',
      `docker -H unix://${daemon.socket} cp racer:/race/a/secret - 2>/dev/null | tar -xO 2>/dev/null`,
    ]);
    await put('racer', '/race/a', { entry: tarEntry({ name: 'planted', size: 3 }), content: Buffer.from('bad') });
    return got.stdout;
  };
  const rounds = Number(process.env.LAPSTRAKE_COPY_RACES ?? 12);
  for (let number = 0; number < rounds; number++) expect(await round()).not.toContain('secret of the host');
  expect(await readdir(host)).not.toContain('planted');
  await ok('rm', '-f', 'racer');
});

test('a refusal waits for what the client has to send, unless that does not end', async () => {
  const send = (bytes: number): { sent: ClientRequest; answer: Promise<number> } => {
    const sent = request({ socketPath: daemon.socket, method: 'PUT', path: '/containers/nobody/archive?path=/' });
    const answer = once(sent, 'response').then(([{ statusCode }]) => Number(statusCode));
    sent.write(Buffer.alloc(bytes));
    return { sent, answer };
  };
  const { sent, answer } = send(1000);
  expect(await Promise.race([answer, ok('version')])).not.toBe(404);
  sent.end(Buffer.alloc(1000));
  expect(await answer).toBe(404);
  const endless = send(1_000_000);
  expect(await endless.answer).toBe(404);
  endless.sent.destroy();
});

test('a client that hangs up in the middle leaves no process and no mount', async () => {
  await ok('exec', 'runs', 'sh', '-c', 'head -c 50000000 /dev/zero >/tmp/large');
  await command('sh', ['-c', `docker -H unix://${daemon.socket} cp runs:/tmp/large - | head -c 100 >/dev/null`]);
  await expect
    .poll(async () =>
      (await command('ps', ['-eo', 'args'])).stdout
        .split('\n')
        .filter((line) => line.includes(daemon.root) && line.includes('container-files')),
    )
    .toEqual([]);
});
