import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watch } from '../../runtime/sandbox/sandbox-under-test.test-support.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { freePort } from '../../scripts/setup/ports.mjs';
import { type Launcher, type RealDaemon, startRealDaemon } from '../engine/real-daemon.ts';

/** What a daemon's death must not take with it: the same for root and for an ordinary user. */
export function describeLifeBeyondTheDaemon(
  name: string,
  args: readonly string[],
  launcher?: Launcher,
  part: 'all' | 'essence' = 'all',
): void {
  const further = part === 'all' ? test : (): void => undefined;
  describe(name, () => {
    let registry: BaseImages;
    let daemon: RealDaemon;

    async function ok(...words: readonly string[]): Promise<string> {
      const { code, stdout, stderr } = await daemon.docker(...words);
      expect({ words, code, stderr: code === 0 ? '' : stderr }).toEqual({ words, code: 0, stderr: '' });
      return stdout.trim();
    }
    const inspect = (of: string, format: string) => ok('inspect', '-f', format, of);

    beforeAll(async () => {
      registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
      daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl, ...args], launcher);
      await ok('pull', 'busybox');
    });
    afterAll(async () => {
      const left = await daemon?.stop();
      await registry?.stop();
      expect(left).toEqual([]);
      expect(daemon.log()).not.toContain('bug:');
    });

    test('a container runs on, with its state, its files, its log and its limits, and takes further processes', async () => {
      await ok('run', '-d', '--name', 'on', 'busybox', 'sh', '-c', 'echo before > /file; echo first; exec sleep 1000');
      const state = '{{.State.Pid}} {{.State.StartedAt}} {{.State.Status}} {{.RestartCount}}';
      const before = await inspect('on', state);
      await daemon.restart('SIGKILL');
      expect(await inspect('on', state)).toBe(before);
      expect(await ok('exec', 'on', 'cat', '/file')).toBe('before');
      expect(await ok('logs', 'on')).toBe('first');
      expect(await ok('diff', 'on')).toContain('A /file');
      expect(await ok('top', 'on')).toContain('sleep 1000');
      await ok('exec', 'on', 'sh', '-c', 'echo later > /proc/1/fd/1');
      await expect.poll(() => ok('logs', 'on')).toBe('first\nlater');
      await ok('stop', '-t', '0', 'on');
      expect(await inspect('on', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 137');
      await ok('start', 'on');
      expect(await ok('exec', 'on', 'cat', '/file')).toBe('before');
      await ok('rm', '-f', 'on');
    });

    further('one that ends meanwhile has its exit code, its time and its last lines', async () => {
      await using gate = await gateFolder();
      const script = `${WAIT}; echo last; exit 42`;
      await ok('run', '-d', '-v', `${gate.path}:/gate`, '--name', 'ends', 'busybox', 'sh', '-c', script);
      const pid = Number(await inspect('ends', '{{.State.Pid}}'));
      let ended = 0;
      await daemon.restart('SIGKILL', async () => {
        await gate.open();
        await expect.poll(() => alive(pid)).toBe(false);
        ended = Date.now();
      });
      expect(await inspect('ends', '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}')).toBe(
        'exited 42 false',
      );
      expect(Date.parse(await inspect('ends', '{{.State.FinishedAt}}'))).toBeLessThanOrEqual(ended);
      expect(await ok('logs', 'ends')).toBe('last');
      await daemon.restart('SIGKILL');
      expect(await inspect('ends', '{{.State.ExitCode}}')).toBe('42');
      await ok('rm', 'ends');
    });

    further('what was due meanwhile is done: a restart, a removal', async () => {
      const script = `${WAIT}; exit 3`;
      await using gate = await gateFolder();
      const run = ['run', '-d', '-v', `${gate.path}:/gate`];
      await ok(...run, '--name', 'again', '--restart', 'on-failure:1', 'busybox', 'sh', '-c', script);
      await ok(...run, '--name', 'away', '--rm', 'busybox', 'sh', '-c', script);
      const pids = await Promise.all(['again', 'away'].map((of) => inspect(of, '{{.State.Pid}}')));
      await daemon.restart('SIGKILL', async () => {
        await gate.open();
        await expect.poll(() => pids.some((pid) => alive(Number(pid)))).toBe(false);
      });
      await expect.poll(() => inspect('again', '{{.State.Status}} {{.RestartCount}}')).toBe('exited 1');
      await expect.poll(() => ok('ps', '-aq', '--filter', 'name=away')).toBe('');
      await ok('rm', '-f', 'again');
    });

    further('who stopped a container finds it stopped, unless it is to run always', async () => {
      for (const policy of ['unless-stopped', 'always']) {
        await ok('run', '-d', '--name', policy, '--restart', policy, 'busybox', 'sleep', '1000');
        await ok('stop', '-t', '0', policy);
      }
      await daemon.restart('SIGKILL');
      expect(await inspect('unless-stopped', '{{.State.Status}}')).toBe('exited');
      expect(await inspect('always', '{{.State.Status}}')).toBe('running');
      await ok('rm', '-f', 'unless-stopped', 'always');
    });

    test('one can attach again: to its terminal, and to its input', async () => {
      await ok(
        'run',
        '-di',
        '--name',
        'typed',
        'busybox',
        'sh',
        '-c',
        'while read x; do echo "got $x"; done; echo end',
      );
      await ok('run', '-dit', '--name', 'shell', 'busybox', 'sh');
      await daemon.restart('SIGKILL');
      const attached = client('attach', 'typed');
      attached.stdin?.write('one\n');
      const seen = text(attached.stdout!);
      await expect.poll(() => ok('logs', 'typed')).toBe('got one');
      await daemon.restart('SIGKILL');
      await gone(attached);
      expect(await seen).toContain('got one');
      const again = client('attach', 'typed');
      again.stdin?.write('two\n');
      await expect.poll(() => ok('logs', 'typed')).toBe('got one\ngot two');
      // Other signals go to the container.
      again.kill('SIGKILL');
      await gone(again);
      const terminal = spawn('script', ['-qec', `docker -H unix://${daemon.socket} attach shell`, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      const shown = watch(terminal.stdout);
      // What is typed before the client listens is lost.
      const typing = setInterval(() => terminal.stdin.write('\r'), 100);
      await shown.has('/ # ');
      clearInterval(typing);
      terminal.stdin.write('echo $((6*7)); exit 9\r');
      await shown.has('42');
      await ok('wait', 'shell');
      expect(await inspect('shell', '{{.State.ExitCode}}')).toBe('9');
      await ok('rm', '-f', 'typed', 'shell');
    });

    further('an exec runs on, and its exit code is known', async () => {
      await ok('run', '-d', '--name', 'host', 'busybox', 'sleep', '1000');
      const gate = 'until [ -e /gate ]; do usleep 20000; done';
      await ok('exec', '-d', 'host', 'sh', '-c', `${gate}; exit 5`);
      await ok('exec', '-d', 'host', 'sh', '-c', 'exec sleep 2000');
      const ids = async () => JSON.parse(await inspect('host', '{{json .ExecIDs}}')) as string[];
      const before = await ids();
      expect(before).toHaveLength(2);
      await daemon.restart('SIGKILL');
      expect((await ids()).sort()).toEqual([...before].sort());
      await ok('exec', 'host', 'touch', '/gate');
      await expect.poll(ids).toHaveLength(1);
      expect(await ok('top', 'host')).toContain('sleep 2000');
      await ok('rm', '-f', 'host');
    });

    test('networks stay: addresses, published ports, and who comes later gets no address twice', async () => {
      const port = await freePort();
      const serve = 'while :; do echo -e "HTTP/1.0 200 OK\\r\\n\\r\\nhere" | nc -l -p 80; done';
      await ok('network', 'create', 'wide');
      const run = ['run', '-d', '--network', 'wide', '-p', `127.0.0.1:${port}:80`, '--name', 'serves'];
      await ok(...run, 'busybox', 'sh', '-c', serve);
      const address = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
      const before = await inspect('serves', address);
      await daemon.restart('SIGKILL');
      expect(await inspect('serves', address)).toBe(before);
      expect(await ok('port', 'serves')).toBe(`80/tcp -> 127.0.0.1:${port}`);
      const answer = () => fetch(`http://127.0.0.1:${port}/`).then((got) => got.text(), String);
      await expect.poll(answer).toContain('here');
      await ok('run', '-d', '--network', 'wide', '--name', 'other', 'busybox', 'sleep', '1000');
      expect(await inspect('other', address)).not.toBe(before);
      expect(await ok('exec', 'other', 'wget', '-qO-', `http://${before}/`)).toBe('here');
      await ok('rm', '-f', 'serves', 'other');
      await ok('network', 'rm', 'wide');
    });

    further('a daemon that is asked to leaves containers running when it stops, and ends them otherwise', async () => {
      await ok('run', '-d', '--name', 'kept', '--stop-timeout', '0', 'busybox', 'sleep', '1000');
      const pid = await inspect('kept', '{{.State.Pid}}');
      await daemon.restart('SIGTERM', undefined, ['--live-restore']);
      expect(await inspect('kept', '{{.State.Status}}')).toBe('exited');
      await ok('start', 'kept');
      const next = await inspect('kept', '{{.State.Pid}}');
      expect(next).not.toBe(pid);
      await daemon.restart('SIGTERM');
      expect(await inspect('kept', '{{.State.Status}} {{.State.Pid}}')).toBe(`running ${next}`);
      await ok('rm', '-f', 'kept');
    });

    further('a keeper that is killed takes its container with it, and nothing else', async () => {
      await ok('run', '-d', '--name', 'bare', 'busybox', 'sleep', '1000');
      await ok('run', '-d', '--name', 'fine', 'busybox', 'sleep', '1000');
      const pid = Number(await inspect('bare', '{{.State.Pid}}'));
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      process.kill(Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]), 'SIGKILL');
      await expect.poll(() => inspect('bare', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 137');
      expect(await inspect('fine', '{{.State.Status}}')).toBe('running');
      await ok('rm', '-f', 'bare', 'fine');
    });

    further('a second daemon for the same root is refused, and does no harm', async () => {
      await ok('run', '-di', '--name', 'calm', 'busybox', 'cat');
      const second = await daemon.startAnother();
      expect(second.code).toBe(1);
      expect(second.stderr).toContain('another lapstraked');
      expect(await inspect('calm', '{{.State.Status}}')).toBe('running');
      await ok('rm', '-f', 'calm');
    });

    function client(...words: readonly string[]): ChildProcess {
      return spawn('docker', ['-H', `unix://${daemon.socket}`, ...words], { stdio: ['pipe', 'pipe', 'ignore'] });
    }
  });
}

/** What a container does that has the gate's folder at /gate. */
const WAIT = 'until [ -e /gate/open ]; do usleep 20000; done';

/** By which tests tell containers when to go on, whether there is a daemon or not. */
async function gateFolder() {
  const path = await mkdtemp(join(tmpdir(), 'lapstrake-gate-'));
  await chmod(path, 0o755);
  return {
    path,
    open: () => writeFile(join(path, 'open'), ''),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
