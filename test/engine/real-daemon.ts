import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';

/** A daemon of its own, with its own root, socket and bridge. */
export interface RealDaemon extends AsyncDisposable {
  readonly socket: string;
  readonly root: string;
  /** Of the daemon that runs now. */
  readonly pid: number;
  /**
   * Ends the daemon as it is and starts another on the same root, with further options where given; `meanwhile` is done
   * while none runs.
   */
  restart(how: 'SIGTERM' | 'SIGKILL', meanwhile?: () => Promise<void>, options?: readonly string[]): Promise<void>;
  /** Starts one more on the same root while this one runs; gives what became of it. */
  startAnother(): Promise<CommandResult>;
  /** Ends the daemon cleanly and says what it left on the machine: empty where all is well. */
  stop(): Promise<string[]>;
  /** Runs the docker CLI against it. */
  docker(...args: readonly string[]): Promise<CommandResult>;
  /** Runs our own command line against it. */
  lapstrake(...args: readonly string[]): Promise<CommandResult>;
  /** The same with something on its standard input. */
  lapstrakeWith(input: string | Buffer, ...args: readonly string[]): Promise<CommandResult>;
  log(): string;
  /** What it has said until now is not in `log` any more. */
  forgetLog(): void;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line, and the environment for it. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Changes how the daemon is started, such as by whom; `folder` is the one that holds its root and socket. */
export type Launcher = (launch: Launch, folder: string) => Promise<Launch>;

/** Starts a daemon from the suite's programs. */
export async function startRealDaemon(
  args: readonly string[] = [],
  launcher: Launcher = async (launch) => launch,
): Promise<RealDaemon> {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-engine-'));
  const programs = inject('programs');
  const plan = async (options: readonly string[]): Promise<Launch> => {
    const all = ['--host', `unix://${socket}`, '--root', root, '--debug', ...args, ...options];
    const plain = { file: process.execPath, args: [join(programs, 'lapstraked.js'), ...all], env: process.env };
    return launcher(plain, folder);
  };
  const start = async (options: readonly string[] = []): Promise<ChildProcess> => launch(await plan(options), lines);
  const root = join(folder, 'root');
  const socket = join(folder, 'docker.sock');
  const lines: string[] = [];
  const lapstrake = (input: string | Buffer, words: readonly string[]): Promise<CommandResult> =>
    command(process.execPath, [join(programs, 'lapstrake.js'), '--host', `unix://${socket}`, ...words], input);
  const removeFiles = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
  };
  let child = await start().catch(async (error: unknown) => {
    await removeFiles();
    throw error;
  });
  let stopped: Promise<string[]> | undefined;
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
  };
  const stop = async (): Promise<string[]> => {
    // The daemon gives them ten seconds to end, which few of them use.
    const { stdout: running } = await command('docker', ['-H', `unix://${socket}`, 'ps', '-q']);
    if (running !== '') await command('docker', ['-H', `unix://${socket}`, 'kill', ...running.trim().split('\n')]);
    await end('SIGTERM');
    const left = await leftovers(root, socket);
    await removeFiles();
    return left;
  };
  return {
    socket,
    root,
    get pid() {
      return child.pid ?? 0;
    },
    log: () => lines.join('\n'),
    forgetLog() {
      lines.length = 0;
    },
    async restart(how, meanwhile, options) {
      await end(how);
      await meanwhile?.();
      child = await start(options);
    },
    async startAnother() {
      const { file, args, env } = await plan([]);
      const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
      return command(file, args, undefined, Object.fromEntries(set));
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
    docker: (...words) => command('docker', ['-H', `unix://${socket}`, ...words]),
    lapstrake: (...words) => lapstrake('', words),
    lapstrakeWith: (input, ...words) => lapstrake(input, words),
    async [Symbol.asyncDispose]() {
      await (stopped ?? stop());
    },
  };
}

/** Runs a program to its end; `input` is its standard input, `more` goes into its environment. */
export function command(
  program: string,
  args: readonly string[],
  input?: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return new Promise((done) => {
    const env = { ...process.env, DOCKER_BUILDKIT: '0', ...more };
    const child = execFile(program, [...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      done({ code, stdout, stderr });
    });
    // A program need not read what it is given.
    child.stdin?.on('error', () => undefined).end(input ?? '');
  });
}

async function launch({ file, args, env }: Launch, lines: string[]): Promise<ChildProcess> {
  const child = spawn(file, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('listening on ')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the daemon ended with ${code}:\n${lines.join('\n')}`)));
  });
  await ready;
  child.removeAllListeners('exit');
  return child;
}

/** Mounts, links and processes that belong to a root. */
async function leftovers(root: string, socket: string): Promise<string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(root));
  const { stdout } = await command('ps', ['-eo', 'pid,args']);
  const processes = stdout.split('\n').filter((line) => line.includes(root) || line.includes(socket));
  return [...mounts, ...processes];
}
