import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../os/spawn.ts';
import { watch } from '../sandbox/sandbox-under-test.test-support.ts';
import { connectKeeper } from './connect.ts';
import { readExitRecord } from './exit-record.ts';
import { KeeperUnderTest, textOf } from './keeper.test-support.ts';

const { start } = KeeperUnderTest;

test('a process has its streams, its log and its exit code', async () => {
  const from = Date.now();
  await using keeper = await start('echo out; echo err >&2; exit 7');
  const { link } = keeper;
  expect(await link.command).toBe(0);
  expect(await link.running).toBeGreaterThan(1);
  const [out, err, exit] = await Promise.all([textOf(link.stdout), textOf(link.stderr), link.ended]);
  expect({ out, err, exit }).toMatchObject({ out: 'out\n', err: 'err\n', exit: { exitCode: 7, signal: undefined } });
  const lines = await keeper.log();
  expect(lines.map(({ log, stream }) => [log, stream]).sort()).toEqual([
    ['err\n', 'stderr'],
    ['out\n', 'stdout'],
  ]);
  for (const { time } of lines) {
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(from - 1);
    expect(Date.parse(time)).toBeLessThanOrEqual(Date.now());
  }
  expect(await readExitRecord(keeper.folder)).toEqual(exit);
});

test('a signal that ends it is its exit code', async () => {
  await using keeper = await start('kill -9 $$');
  expect(await keeper.link.ended).toMatchObject({ exitCode: 137, signal: 9 });
});

test.each([
  ['before', 'process parent'],
  ['after', 'parent process'],
])('the end of a process is known that comes %s its parent leaves it to the keeper', async (_, order) => {
  // `exec cat`: a parent that takes no child of its own.
  const left = 'sh -c "read go < process; echo said; exit 7" & echo $! > pid; exec cat parent > /dev/null';
  const go = `for each in ${order}; do echo go > $each; done`;
  await using keeper = await start('', {
    command: [
      'sh',
      '-c',
      `mkfifo process parent; sh -c '${left}' & until [ -s pid ]; do :; done; (${go}) > /dev/null &`,
    ],
  });
  expect(await keeper.link.ended).toMatchObject({ exitCode: 7 });
  expect((await keeper.log()).map(({ log }) => log)).toEqual(['said\n']);
});

const KILLED = 'printf "oom_kill 3\\n" > above/memory.events; kill -9 $$';

test.each([
  ['its own group counts a kill', 'mkdir above/own; printf "low 1\\noom_kill 1\\n" > above/own/memory.events', true],
  ['its own group counts none', `mkdir above/own; printf "oom_kill 0\\n" > above/own/memory.events; ${KILLED}`, false],
  ['the kernel of version 1 counts one', 'mkdir above/own; echo "oom_kill 1" > above/own/memory.oom_control', true],
  ['its group is gone, the one above counts one more', KILLED, 'likely'],
  ['its group is gone, it was killed for another reason', 'kill -9 $$', false],
  ['its group is gone, another one was killed', 'printf "oom_kill 3\\n" > above/memory.events', false],
  ['there are no groups', 'rm -r above', undefined],
])('its end tells whether memory ran out: %s', async (_, script, oomKilled) => {
  const groups = await mkdtemp(join(tmpdir(), 'lapstrake-groups-'));
  onTestFinished(() => rm(groups, { recursive: true }));
  await mkdir(join(groups, 'above'));
  await writeFile(join(groups, 'above/memory.events'), 'oom_kill 2\n');
  await using keeper = await start(`cd ${groups}; ${script}`, { memory: join(groups, 'above/own') });
  const exit = await keeper.link.ended;
  expect(exit.oomKilled).toBe(oomKilled);
  expect(await readExitRecord(keeper.folder)).toEqual(exit);
});

test('whatever bytes it writes, the log is valid and loses none that are text', async () => {
  const strange = String.raw`printf "quote \" back \\\\ tab\ttail\001\n\303\244\342\202\254\360\237\220\213\n\377\303\n\355\240\200\n"`;
  await using keeper = await start(strange);
  await keeper.link.ended;
  expect((await keeper.log()).map(({ log }) => log)).toEqual([
    'quote " back \\ tab\ttail\u0001\n',
    'ä€🐋\n',
    '��\n',
    '���\n',
  ]);
});

test('a line is logged when it is whole, a long one in pieces, the last one in the end', async () => {
  await using keeper = await start('printf one; printf "two\\n"; head -c 40000 /dev/zero | tr "\\0" x; printf rest', {
    listens: 'off',
  });
  await keeper.link.ended;
  const lines = (await keeper.log()).map(({ log }) => log);
  expect(lines[0]).toBe('onetwo\n');
  expect(lines.slice(1).map((line) => line.length)).toEqual([16384, 16384, 40004 - 2 * 16384]);
  expect(lines.at(-1)).toMatch(/xrest$/);
});

test('a log above its limit is moved aside, and so many files are kept', async () => {
  await using keeper = await start('for i in $(seq 1000 1399); do echo $i; done', {
    log: { path: 'log', maxSize: 4000, maxFiles: 3 },
  });
  await keeper.link.ended;
  const files = (await readdir(keeper.folder)).filter((name) => name.startsWith('log')).sort();
  expect(files).toEqual(['log', 'log.1', 'log.2']);
  const lines = (await Promise.all(['log.2', 'log.1', 'log'].map((name) => keeper.log(name)))).flat();
  // The last ones, none missing between them, and each file whole lines.
  expect(lines.map(({ log }) => log)).toEqual(
    Array.from({ length: lines.length }, (_, index) => `${1400 - lines.length + index}\n`),
  );
  expect((await stat(join(keeper.folder, 'log.1'))).size).toBeLessThan(4200);
});

test('a full disk does not stop it, and what comes after is kept again', async () => {
  await using keeper = await start('echo before; read a; seq 1 100; read a; echo after', { input: true });
  const { link } = keeper;
  const { keeper: pid } = await link.hello;
  const printed = watch(link.stdout);
  await printed.has('before\n');
  await run('prlimit', ['--pid', String(pid), '--fsize=150:unlimited']);
  link.stdin.write('\n');
  await printed.has('\n100\n');
  await run('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']);
  link.stdin.write('\n');
  expect(await link.ended).toMatchObject({ exitCode: 0 });
  const lines = (await readFile(join(keeper.folder, 'log'), 'utf8')).trim().split('\n');
  expect(lines[0]).toContain('"before\\n"');
  expect(() => JSON.parse(lines.at(-2) ?? '')).toThrow();
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ log: 'after\n' });
});

test('what it has said is there for who still sends it something after its end', async () => {
  await using keeper = await start('read go; echo out', { input: true });
  const { link } = keeper;
  await link.running;
  link.stdin.write('go\n');
  // Nothing is read meanwhile.
  execFileSync('sh', ['-c', 'until [ -s exit ]; do :; done'], { cwd: keeper.folder });
  link.stdin.end('late\n');
  expect(await textOf(link.stdout)).toBe('out\n');
  expect(await link.ended).toMatchObject({ exitCode: 0 });
});

test('input reaches it to the last byte, however slowly it reads', async () => {
  await using keeper = await start('sleep 0.2; wc -c', { input: true });
  keeper.link.stdin.end(Buffer.alloc(3_000_000, 'x'));
  expect((await textOf(keeper.link.stdout)).trim()).toBe('3000000');
});

test('a daemon that does not read makes it wait, and one that goes lets it go on', async () => {
  await using keeper = await start('head -c 3000000 /dev/zero; echo done >&2; read x', { input: true });
  const { link, folder } = keeper;
  link.stderr.resume();
  await once(link.stdout, 'readable');
  link.leave();
  const next = await connected(folder);
  next.link.stdin.end('\n');
  expect(await next.link.ended).toMatchObject({ exitCode: 0 });
  expect((await keeper.log()).filter(({ stream }) => stream === 'stderr')).toMatchObject([{ log: 'done\n' }]);
});

test('the next daemon finds it, and gets output, input and end of it', async () => {
  await using keeper = await start('read a; echo "got $a"; read b; exit $b', { input: true });
  await keeper.link.running;
  keeper.link.leave();
  const { link, hello } = await connected(keeper.folder);
  expect(hello.process).toBe(await keeper.link.running);
  link.listen('on');
  link.stdin.write('word\n');
  const out = textOf(link.stdout);
  link.stdin.write('5\n');
  expect(await link.ended).toMatchObject({ exitCode: 5 });
  expect(await out).toBe('got word\n');
});

test('the first keeper that there was is understood, alone and by the next daemon', async () => {
  const program = join(import.meta.dirname, `first/keeper-${process.arch}`);
  await using keeper = await start('read a; echo "got $a"; read b; exit $b', { input: true, program });
  const pid = await keeper.link.running;
  keeper.link.leave();
  const { link, hello } = await connected(keeper.folder);
  expect(hello.process).toBe(pid);
  link.listen('on');
  const out = textOf(link.stdout);
  link.stdin.write('word\n');
  link.stdin.write('5\n');
  expect(await link.ended).toMatchObject({ exitCode: 5 });
  expect(await out).toBe('got word\n');
  expect(await readExitRecord(keeper.folder)).toMatchObject({ exitCode: 5 });
  expect(await keeper.log()).toMatchObject([{ log: 'got word\n' }]);
});

test('one that ends without a daemon leaves its record and its log', async () => {
  await using keeper = await start('read a; echo "$a"; exit 3', { input: true });
  await keeper.link.running;
  keeper.link.stdin.write('alone\n');
  keeper.link.leave();
  await expect.poll(() => readExitRecord(keeper.folder)).toMatchObject({ exitCode: 3 });
  expect(await connectKeeper(keeper.folder)).toBeUndefined();
  expect(await keeper.log()).toMatchObject([{ log: 'alone\n' }]);
});

test('a second daemon is told who it is, and does not get in the way of the first', async () => {
  await using keeper = await start('read a; exit 4', { input: true });
  const pid = await keeper.link.running;
  const second = await connectKeeper(keeper.folder);
  expect(second?.hello).toEqual({ keeper: (await keeper.link.hello).keeper, process: pid });
  keeper.link.stdin.write('\n');
  expect(await keeper.link.ended).toMatchObject({ exitCode: 4 });
});

test('who holds its streams beyond its end holds up nobody', async () => {
  await using keeper = await start('sleep 1000 & echo $!; exit 6');
  const out = textOf(keeper.link.stdout);
  expect(await keeper.link.ended).toMatchObject({ exitCode: 6 });
  process.kill(Number(await out), 'SIGKILL');
});

test('a command that fails says so, and a process that never came to be leaves nothing', async () => {
  await using keeper = await start('', { command: ['sh', '-c', 'exit 9'] });
  expect(await keeper.link.command).toBe(9);
  keeper.link.abandon();
  await expect(keeper.link.ended).rejects.toThrow();
  expect(await readExitRecord(keeper.folder)).toBeUndefined();
});

test('a program that is missing is exit code 127', async () => {
  await using keeper = await start('', { command: ['no-such-program'] });
  expect(await keeper.link.command).toBe(127);
});

test('abandoning it ends the process', async () => {
  await using keeper = await start('exec sleep 1000');
  const pid = await keeper.link.running;
  keeper.link.abandon();
  await expect(keeper.link.ended).rejects.toThrow();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});

test('nonsense on its socket ends the connection, not the process', async () => {
  await using keeper = await start('read a; exit 2', { input: true });
  await keeper.link.running;
  keeper.link.leave();
  const bad = await connected(keeper.folder);
  bad.link.stdin.destroy();
  (bad.link as unknown as { socket: import('node:net').Socket }).socket.write(Buffer.alloc(64, 0xff));
  await expect(bad.link.ended).rejects.toThrow();
  const good = await connected(keeper.folder);
  good.link.stdin.write('\n');
  expect(await good.link.ended).toMatchObject({ exitCode: 2 });
});

test('it takes less than 3 MB, with all its buffers in use', async () => {
  await using keeper = await start('head -c 2000000 /dev/urandom; cat', { input: true });
  const { link } = keeper;
  link.stdout.resume();
  await new Promise((resolve) => link.stdin.write(Buffer.alloc(200_000), resolve));
  const { keeper: pid } = await link.hello;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const resident = Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]);
  expect(resident).toBeGreaterThan(0);
  expect(resident).toBeLessThan(3072);
});

async function connected(folder: string) {
  let found: Awaited<ReturnType<typeof connectKeeper>>;
  await expect
    .poll(async () => {
      const next = await connectKeeper(folder);
      // Told, and sent away: the keeper has not yet seen the other one go.
      if (next !== undefined && (await closesAtOnce(next.link))) return undefined;
      found = next;
      return found;
    })
    .toBeDefined();
  return found!;
}

async function closesAtOnce(link: { readonly ended: Promise<unknown> }): Promise<boolean> {
  let closed = false;
  link.ended.catch(() => {
    closed = true;
  });
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return closed;
}
