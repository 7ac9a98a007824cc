import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from 'vitest';
import { ChildReaper } from '../os/child-reaper.ts';
import type { Keeping } from './keeper-holder.ts';
import { probeSpec } from './probe-spec.ts';
import type { Exit, Probe, ProcessSpec, SandboxDriver, SandboxProcess, SandboxSpec } from './sandbox.ts';

/** What a test changes of the plain specification. */
export type Changes = Partial<Omit<SandboxSpec, 'process'>> & { readonly process?: Partial<ProcessSpec> };

/** A process that has ended, with all it wrote. */
export interface Finished {
  readonly out: string;
  readonly err: string;
  readonly exit: Exit;
}

/** Makes the driver that is tested. */
export type OpenDriver = (stateRoot: string, reaper: ChildReaper) => Promise<SandboxDriver>;

/** A driver, with a root of a real busybox for it to run; `open` before anything else, and `close` in the end. */
export class SandboxUnderTest {
  folder!: string;
  driver!: SandboxDriver;
  probe!: Probe;
  plain!: SandboxSpec;
  protected reaper!: ChildReaper;
  #before!: Leftovers;
  #runs = 0;

  async open(open: OpenDriver): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'lapstrake-sandbox-'));
    this.#before = await leftovers(this.folder);
    this.reaper = new ChildReaper();
    this.driver = await open(join(this.folder, 'state'), this.reaper);
    this.probe = await this.driver.probe();
    const rootfs = join(this.folder, 'root');
    await makeBusyboxRoot(rootfs);
    this.plain = { ...(await probeSpec('unused', rootfs)), mounts: [] };
  }

  /** Fails where anything is left. */
  async close(): Promise<void> {
    await this.driver.dispose?.();
    this.reaper[Symbol.dispose]();
    expect(await this.driver.list()).toEqual([]);
    expect(await leftovers(this.folder)).toEqual(this.#before);
    await rm(this.folder, { recursive: true });
  }

  readonly processOf = (changes: Partial<ProcessSpec>): ProcessSpec => ({
    ...this.plain.process,
    env: ['PATH=/bin'],
    ...changes,
  });

  readonly specOf = (changes: Changes): SandboxSpec => ({
    ...this.plain,
    id: `suite-${process.pid}-${++this.#runs}`,
    ...changes,
    process: this.processOf(changes.process ?? {}),
  });

  readonly finish = async (running: SandboxProcess): Promise<Finished> => {
    const [out, err, exit] = await Promise.all([read(running.stdout), read(running.stderr), running.exited]);
    return { out, err, exit };
  };

  /** Runs a shell script to its end. */
  readonly sh = async (script: string, changes: Changes = {}): Promise<Finished> => {
    const spec = this.specOf({ ...changes, process: { args: ['sh', '-c', script], ...changes.process } });
    const running = await this.driver.run(spec);
    try {
      return await this.finish(running);
    } finally {
      await this.driver.remove(spec.id);
    }
  };

  /** Does something with a container that runs. */
  readonly during = async (
    changes: Changes,
    work: (id: string, first: SandboxProcess) => Promise<void>,
  ): Promise<void> => {
    const spec = this.specOf({ ...changes, process: { args: ['sleep', '1000'], ...changes.process } });
    const first = await this.driver.run(spec);
    first.stdout.resume();
    first.stderr?.resume();
    try {
      await work(spec.id, first);
    } finally {
      await this.driver.remove(spec.id);
    }
  };
}

/** A root file system with busybox under all its names. */
export async function makeBusyboxRoot(rootfs: string): Promise<void> {
  await Promise.all(
    ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev'].map((each) => mkdir(join(rootfs, each), { recursive: true })),
  );
  await chmod(join(rootfs, 'tmp'), 0o1777);
  await cp('/bin/busybox', join(rootfs, 'bin', 'busybox'));
  const names =
    'cat echo env find grep head hostname id ls mknod mount ps pwd rm sh sleep sort stty touch true tty umount wc';
  await Promise.all(names.split(' ').map((name) => symlink('busybox', join(rootfs, 'bin', name))));
}

async function read(stream: Readable | undefined): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

/** A stream's text, with a promise for the moment when it holds something. */
export function watch(stream: Readable): { readonly end: Promise<string>; has(wanted: string): Promise<void> } {
  let text = '';
  const checks = new Set<() => void>();
  stream.on('data', (chunk) => {
    text += String(chunk);
    for (const check of checks) check();
  });
  return {
    end: new Promise((resolve) => stream.once('end', () => resolve(text))),
    has: (wanted) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (text.includes(wanted)) resolve();
        };
        checks.add(check);
        check();
      }),
  };
}

interface Leftovers {
  readonly mounts: number;
  readonly groups: readonly string[];
}

/** What a sandbox could leave behind on the machine: others may run beside it. */
async function leftovers(folder: string): Promise<Leftovers> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(folder));
  const groups: string[] = [];
  for (const mount of ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids']) {
    const inside = await readdir(join(mount, 'lapstrake')).catch(() => []);
    groups.push(...inside.filter((each) => each.includes(`suite-${process.pid}`)));
  }
  return { mounts: mounts.length, groups };
}

/** The driver, with a keeper for each process that it starts. */
export function withKeepers(driver: SandboxDriver, folder: string): SandboxDriver {
  const program = join(import.meta.dirname, `../keeper/bin/keeper-${process.arch}`);
  let keepers = 0;
  const keeping = (): Keeping => ({ program, folder: join(folder, `keeper-${++keepers}`), listens: 'on' });
  const kept: Partial<SandboxDriver> = {
    run: (spec, signal) => driver.run({ ...spec, keeping: keeping() }, signal),
    exec: (id, spec, options, signal) => driver.exec(id, spec, { ...options, keeping: keeping() }, signal),
  };
  return new Proxy(driver, {
    get(target, name) {
      const value = kept[name as keyof SandboxDriver] ?? target[name as keyof SandboxDriver];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
