import { spawn } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestRegistry } from '../../runtime/registry/registry.test-support.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { contextFolder } from './build-context.ts';
import { engineState, layerEntries } from './engine-state.ts';
import { okay } from './okay.ts';
import { type CommandResult, command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');

let registry: BaseImages;
let daemon: RealDaemon;
const docker = (...args: readonly string[]): Promise<CommandResult> => daemon.docker(...args);

const ok = async (...args: readonly string[]): Promise<string> => okay(await docker(...args));

/** What `docker build` prints, IDs as `<id>`. */
async function build(path: string, ...options: readonly string[]): Promise<string> {
  const text = await ok('build', ...options, path);
  return text.replace(/^Sending build context.*\n+/, '').replace(/\b[0-9a-f]{12}\b/g, '<id>');
}

/** What `docker build` says on stderr where it fails, without the warning that comes first. */
async function failedBuild(
  path: string,
  ...options: readonly string[]
): Promise<{ code: number; said: string; stdout: string }> {
  const { code, stderr, stdout } = await docker('build', ...options, path);
  return { code, said: stderr.replace(/^DEPRECATED[\s\S]*?\n\n/, '').trim(), stdout };
}

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox', 'node'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

test('builds at the same time do not disturb each other, not even where all fetch the same base', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM busybox\nRUN echo same > /same\nCOPY f /\nARG N\nRUN echo $N > /n\n',
    f: 'f',
  });
  const numbers = ['1', '2', '3', '4'];
  await Promise.all(numbers.map((n) => build(context.path, '--build-arg', `N=${n}`, '-t', `parallel:${n}`)));
  for (const n of numbers) expect(await ok('run', '--rm', `parallel:${n}`, 'cat', '/n')).toBe(n);
});

/** What is served there, or why nothing is. The first fetch of a process never learns that its connection was closed at once. */
function page(url: string): Promise<string> {
  return fetch(url, { signal: AbortSignal.timeout(5000) }).then((answer) => answer.text(), String);
}

describe('the examples', () => {
  test('the bulletin board is built, runs and shows its page', async () => {
    const context = join(EXAMPLES, 'bulletin-board');
    expect(await build(context, '-t', 'board', '-t', 'board:two')).toMatch(
      new RegExp(
        [
          'Step 1/7 : FROM node:current-slim',
          ' ---> <id>',
          'Step 2/7 : WORKDIR /usr/src/app',
          ' ---> <id>',
          'Step 3/7 : COPY package.json \\.',
          ' ---> <id>',
          'Step 4/7 : RUN npm install',
          ' ---> Running in <id>',
          '[\\s\\S]*Removing intermediate container <id>',
          ' ---> <id>',
          'Step 5/7 : EXPOSE 8080',
          ' ---> <id>',
          'Step 6/7 : CMD \\[ "npm", "start" \\]',
          ' ---> <id>',
          'Step 7/7 : COPY \\. \\.',
          ' ---> <id>',
          'Successfully built <id>',
          'Successfully tagged board:latest',
          'Successfully tagged board:two$',
        ].join('\n'),
      ),
    );
    await ok('run', '-d', '--name', 'board', '-p', '127.0.0.1::8080', 'board');
    const address = await ok('port', 'board', '8080/tcp');
    await expect.poll(() => page(`http://${address}/`), { timeout: 20_000 }).toContain('<title>');
    await ok('rm', '-f', 'board');
  });

  test('the same once more comes from the cache, and a changed file breaks it where it is used', async () => {
    const original = join(EXAMPLES, 'bulletin-board');
    const id = await ok('images', '-q', '--no-trunc', 'board:latest');
    const again = await build(original, '-t', 'board');
    expect(again.match(/ ---> Using cache/g)).toHaveLength(6);
    expect(await ok('images', '-q', '--no-trunc', 'board:latest')).toBe(id);
    await using copy = await contextFolder({});
    await cp(original, copy.path, { recursive: true });
    await copy.write({ 'server.js': '// changed\n' });
    const changed = await build(copy.path, '-t', 'changed');
    expect(changed.match(/ ---> Using cache/g)).toHaveLength(5);
    expect(changed).toContain('Step 7/7 : COPY . .\n ---> <id>\nSuccessfully built');
  });

  test('copy-on-write shares the layers of its base, and each container writes to its own', async () => {
    await build(join(EXAMPLES, 'copy-on-write/base'), '-t', 'greetings-base');
    await build(join(EXAMPLES, 'copy-on-write/final'), '-t', 'greetings');
    const layers = async (image: string): Promise<unknown> =>
      JSON.parse(await ok('image', 'inspect', '-f', '{{json .RootFS.Layers}}', image));
    const base = (await layers('greetings-base')) as string[];
    expect(await layers('greetings')).toEqual([...base, expect.stringMatching(/^sha256:/)]);
    for (const name of ['one', 'two']) {
      expect(await ok('run', '--name', name, 'greetings')).toBe('Hello world 1\nHello world 2\nHello world 3');
    }
    expect(await ok('start', '-a', 'one')).toContain('Hello world 4');
    expect(await ok('diff', 'two')).toBe('C /work\nC /work/greetings.txt');
    await ok('rm', 'one', 'two');
    expect(await layerEntries(daemon, 'greetings', -1)).toEqual(['work/ 0755 0:0 0', 'work/greetings.txt 0644 0:0 28']);
  });
});

describe('the options', () => {
  test('--build-arg, --label, --target, -f, --iidfile and -q do what they say', async () => {
    await using context = await contextFolder({
      'other.dockerfile': [
        'FROM busybox AS first',
        'ARG WHO=world',
        'RUN echo hello $WHO > /hello',
        'FROM first AS second',
        'RUN exit 9',
      ].join('\n'),
    });
    const file = join(context.path, 'other.dockerfile');
    const idFile = join(context.path, 'id');
    const options = ['-f', file, '--target', 'first', '--build-arg', 'WHO=you', '--label', 'a=b'];
    const text = await build(context.path, ...options, '--iidfile', idFile, '-t', 'optional');
    expect(text).toContain('Step 3/4 : RUN echo hello $WHO > /hello');
    expect(text).not.toContain('second');
    const id = await ok('images', '-q', '--no-trunc', 'optional');
    expect(await readFile(idFile, 'utf8')).toBe(id);
    expect(await ok('build', '-q', ...options, context.path)).toBe(id);
    expect(await ok('run', '--rm', 'optional', 'cat', '/hello')).toBe('hello you');
    expect(await ok('inspect', '-f', '{{.Config.Labels.a}}', 'optional')).toBe('b');
    const other = await build(context.path, '-f', file, '--target', 'first');
    expect(other).not.toContain('RUN echo hello $WHO > /hello\n ---> Using cache');
  });

  test('--no-cache does every step again', async () => {
    await using context = await contextFolder({
      Dockerfile: 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /now\n',
    });
    await build(context.path, '-t', 'now');
    const first = await ok('run', '--rm', 'now', 'cat', '/now');
    await build(context.path, '-t', 'now');
    expect(await ok('run', '--rm', 'now', 'cat', '/now')).toBe(first);
    await build(context.path, '-t', 'now', '--no-cache');
    expect(await ok('run', '--rm', 'now', 'cat', '/now')).not.toBe(first);
  });

  test('a Dockerfile may come from standard input or from outside the context', async () => {
    await using context = await contextFolder({ f: 'in the context\n' });
    await using outside = await contextFolder({ other: 'FROM busybox\nCOPY f /\nRUN cat /f\n' });
    const file = join(outside.path, 'other');
    expect(await build(context.path, '-f', file)).toContain('in the context\n');
    const piped = (text: string, ...args: string[]) =>
      command('docker', ['-H', `unix://${daemon.socket}`, 'build', ...args], text);
    const withContext = await piped(await readFile(file, 'utf8'), '-f', '-', context.path);
    expect(withContext).toMatchObject({ code: 0, stdout: expect.stringContaining('Successfully built') });
    const alone = await piped('FROM busybox\nRUN echo from stdin\n', '-');
    expect(alone).toMatchObject({ code: 0, stdout: expect.stringContaining('from stdin\n') });
  });

  test('--shm-size, --ulimit, --memory and --add-host hold for RUN', async () => {
    await using context = await contextFolder({
      Dockerfile: 'FROM busybox\nRUN df -k /dev/shm | tail -1; ulimit -n; grep known /etc/hosts\n',
    });
    const options = ['--shm-size', '32m', '--ulimit', 'nofile=100:200', '--memory', '64m'];
    const text = await build(context.path, ...options, '--add-host', 'known:192.0.2.7');
    expect(text).toMatch(/shm +32768 .*\n100\n192\.0\.2\.7\tknown\n/);
  });

  test('the accounts of docker’s configuration open private registries', async () => {
    await using closed = await TestRegistry.start({ auth: 'basic' });
    closed.image('private/base:1', [{ 'from-the-registry': 'x' }]);
    const auths = { [closed.host]: { auth: btoa('ann:secret') } };
    await using context = await contextFolder({
      Dockerfile: `FROM ${closed.host}/private/base:1\nCOPY f /\n`,
      f: 'f',
      'docker/config.json': JSON.stringify({ auths }),
    });
    expect((await failedBuild(context.path)).said).toMatch(/denied|unauthorized/);
    const config = ['--config', join(context.path, 'docker')];
    expect(await docker(...config, 'build', '-t', 'closed', context.path)).toMatchObject({ code: 0 });
    expect(await layerEntries(daemon, 'closed', 1)).toEqual(['f 0644 0:0 1']);
  });

  test('--platform asks the registry for an image of that platform', async () => {
    await using context = await contextFolder({ Dockerfile: 'FROM busybox\nRUN true\n' });
    const { code, said } = await failedBuild(context.path, '--platform', 'linux/s390x');
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('linux/s390x') });
  });
});

describe('instructions', () => {
  test('stages, heredocs, users and owners come out as they are written', async () => {
    await using context = await contextFolder({
      Dockerfile: [
        'FROM busybox AS maker',
        'RUN mkdir -p /out/sub && echo made > /out/sub/file',
        'FROM busybox',
        'RUN echo app:x:1234:1234:app:/home/app:/bin/sh >> /etc/passwd && echo app:x:1234: >> /etc/group',
        'COPY --from=maker --chown=app:app /out /srv/',
        'USER app',
        'WORKDIR /home/app',
        'RUN <<EOF',
        'echo first > lines',
        'id -un >> lines',
        'EOF',
        'COPY <<EOF /srv/inline',
        'written in the Dockerfile',
        'EOF',
        'ENTRYPOINT ["cat"]',
        'CMD ["lines", "/srv/inline"]',
      ].join('\n'),
    });
    await build(context.path, '-t', 'instructions');
    expect(await ok('run', '--rm', 'instructions')).toBe('first\napp\nwritten in the Dockerfile');
    expect(await ok('run', '--rm', '--entrypoint', 'stat', 'instructions', '-c', '%u:%g %a', '/srv/sub/file')).toBe(
      '1234:1234 644',
    );
    expect(await ok('inspect', '-f', '{{.Config.User}} {{.Config.WorkingDir}}', 'instructions')).toBe('app /home/app');
    expect(await ok('history', '--format', '{{.CreatedBy}}', '--no-trunc', 'instructions')).toContain('USER app');
  });

  test('.dockerignore keeps files out, and what is not copied breaks no cache', async () => {
    await using context = await contextFolder({
      Dockerfile: 'FROM scratch\nCOPY . /\n',
      '.dockerignore': 'secret\n*.log\n!kept.log\nDockerfile\n.dockerignore\n',
      secret: 's',
      'a.log': 'a',
      'kept.log': 'k',
      'sub/b.txt': 'bb',
    });
    await build(context.path, '-t', 'ignoring');
    expect(await layerEntries(daemon, 'ignoring', 0)).toEqual([
      'kept.log 0644 0:0 1',
      'sub/ 0755 0:0 0',
      'sub/b.txt 0644 0:0 2',
    ]);
    await context.write({ secret: 'other', 'a.log': 'other' });
    expect(await build(context.path)).toContain('Using cache');
  });

  test('where a sandbox mounts something, nothing of it is in the layer', async () => {
    await using context = await contextFolder({
      Dockerfile: [
        'FROM scratch',
        'COPY --from=busybox /bin/busybox /bin/sh',
        'RUN ["/bin/sh", "-c", "echo x > /x; echo 1 > /dev/shm/y"]',
        'RUN --mount=type=tmpfs,target=/deep/below --mount=type=cache,target=/cache ["/bin/sh", "-c", "echo y > /cache/y"]',
      ].join('\n'),
    });
    await build(context.path, '-t', 'bare');
    expect(await layerEntries(daemon, 'bare', 1)).toEqual(['x 0644 0:0 2']);
    expect(await layerEntries(daemon, 'bare', 2)).toEqual([]);
  });

  test('RUN reaches the network, and none with --network=none', async () => {
    await using context = await contextFolder({
      Dockerfile: 'FROM busybox\nRUN ip route\nRUN --network=none ip addr\n',
    });
    const text = await build(context.path);
    expect(text).toContain('default via ');
    expect(text.slice(text.indexOf('Step 3/3'))).not.toContain('eth0');
  });
});

describe('a build that fails', () => {
  beforeAll(() => ok('pull', 'busybox'));

  test('ends with the exit code of the command, in Docker’s words, and leaves nothing', async () => {
    await using context = await contextFolder({ Dockerfile: 'FROM busybox\nRUN echo half > /half; exit 7\n' });
    const before = await engineState(daemon);
    const { code, said, stdout } = await failedBuild(context.path, '-t', 'failed');
    expect(stdout).toContain('Step 2/2 : RUN echo half > /half; exit 7\n ---> Running in ');
    expect({ code, said }).toEqual({
      code: 7,
      said: "The command '/bin/sh -c echo half > /half; exit 7' returned a non-zero code: 7",
    });
    expect(await engineState(daemon)).toEqual(before);
    const quiet = await failedBuild(context.path, '-q');
    expect(quiet).toMatchObject({ code: 7, said: expect.stringContaining('Step 2/2') });
  });

  test('is cancelled when its client hangs up, and leaves nothing', async () => {
    await using context = await contextFolder({ Dockerfile: 'FROM busybox\nRUN echo started; sleep 600\n' });
    const before = await engineState(daemon);
    const child = spawn('docker', ['-H', `unix://${daemon.socket}`, 'build', '-t', 'cancelled', context.path], {
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.includes('started\n')) child.kill('SIGINT');
    }
    await expect.poll(() => engineState(daemon), { timeout: 15_000 }).toEqual(before);
    expect(daemon.log()).not.toContain('bug:');
  });

  test('takes what was done before from the cache when it is tried again', async () => {
    await using context = await contextFolder({ Dockerfile: 'FROM busybox\nRUN echo slow > /slow\nCOPY f /\n' });
    await failedBuild(context.path);
    await context.write({ Dockerfile: 'FROM busybox\nRUN echo slow > /slow\nRUN false\n' });
    expect((await failedBuild(context.path)).code).toBe(1);
    await context.write({ f: 'there', Dockerfile: 'FROM busybox\nRUN echo slow > /slow\nCOPY f /\n' });
    expect(await build(context.path)).toContain('RUN echo slow > /slow\n ---> Using cache');
  });
});

test('what builds leave in the cache is freed by pruning, and images stay whole', async () => {
  await using context = await contextFolder({ Dockerfile: 'FROM busybox\nRUN echo kept > /kept\n' });
  await build(context.path, '-t', 'stays');
  await build(context.path, '-t', 'goes', '--no-cache');
  await ok('rmi', 'goes');
  expect(await ok('builder', 'prune', '-f')).toMatch(/Total reclaimed space: [1-9]/);
  expect(await ok('run', '--rm', 'stays', 'cat', '/kept')).toBe('kept');
});

test('pruning all images takes those that others were built on, too', async () => {
  await ok('image', 'prune', '-af');
  expect(await ok('images', '-aq')).toBe('');
});

test.each(['SIGKILL', 'SIGTERM'] as const)('a daemon that ends by %s in a build leaves nothing of it', async (how) => {
  await ok('pull', 'busybox');
  const mark = `sleep 6${String(process.pid).padStart(9, '0')}`;
  await using context = await contextFolder({ Dockerfile: `FROM busybox\nRUN echo started; ${mark}\n` });
  const before = await engineState(daemon);
  const child = spawn('docker', ['-H', `unix://${daemon.socket}`, 'build', context.path], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let ended: Promise<void> | undefined;
  for await (const chunk of child.stdout) {
    if (String(chunk).includes('started\n')) ended ??= daemon.restart(how);
  }
  await ended;
  expect(await engineState(daemon)).toEqual(before);
  const { stdout } = await command('ps', ['-eo', 'args']);
  expect(stdout).not.toContain(mark);
});
