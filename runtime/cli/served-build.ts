import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { CommandOutput, CommandRequest, PrepareCommand, SeenPath } from '../api/command.ts';
import { internal, unsupported } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { decodeDevice } from '../os/syscalls.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { isRemote } from './build-contexts.ts';
import { ACCEPTED_OPTIONS } from './build-docker-options.ts';
import type { Surface } from './command.ts';
import { build } from './commands/build.ts';
import { EngineClient } from './engine-client.ts';
import { runCommand } from './run-command.ts';

/** Options of `build` that need nothing of the client but its folder and its environment. */
const SERVED = new Set([
  ...['tag', 'target', 'build-arg', 'label', 'no-cache', 'no-cache-filter', 'pull', 'platform', 'network', 'add-host'],
  ...['shm-size', 'ulimit', 'memory', 'memory-swap', 'cpu-shares', 'cpu-period', 'cpu-quota', 'cpuset-cpus'],
  ...['cpuset-mems', 'cgroup-parent', 'allow', 'load'],
  ...['file', 'progress', 'quiet', 'check', 'call', 'debug', ...Object.keys(ACCEPTED_OPTIONS)],
]);

/**
 * Does `lapstrake build` in the engine itself, which listens at `socket`, so that nothing need be started for it. What needs
 * more of the client, or looks different from there, is refused.
 */
export function serveBuild(socket: string): PrepareCommand {
  return async (request) => {
    const words = request.args.map(({ text }) => text);
    await check(request, readArguments(words, build.options, false, build.otherOptions));
    return (output, signal) => runCommand(build, words, surfaceOf(request, socket, output, signal));
  };
}

async function check({ folder, args }: CommandRequest, read: Arguments): Promise<void> {
  const others = Object.keys(build.options).filter((name) => !SERVED.has(name));
  const other = others.find((name) => read.has(name) || read.text(name) !== undefined || read.texts(name).length > 0);
  if (other !== undefined) throw notHere(`--${other}`);
  const [context = '', ...more] = read.positionals;
  if (context === '' || context === '-' || more.length > 0 || isRemote(context))
    throw notHere(`the context ${context}`);
  const file = read.text('file');
  for (const path of file === undefined ? [context] : [context, file]) {
    const seen = args.find(({ text }) => text === path);
    if (seen === undefined || !(await isTheSame(resolve(folder.text, path), seen))) throw notHere(path);
  }
  if (!(await isTheSame(folder.text, folder))) throw notHere(folder.text);
}

/** Whether the engine sees the very file that the client does. */
async function isTheSame(path: string, { identity }: SeenPath): Promise<boolean> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    const { major, minor } = decodeDevice(dev);
    return identity === `${major}:${minor}:${ino}`;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) return false;
    throw error;
  }
}

function notHere(what: string) {
  return unsupported({ code: 'command-not-served', message: `the client has to see to ${what} itself`, subject: what });
}

function surfaceOf(request: CommandRequest, socket: string, output: CommandOutput, signal: AbortSignal): Surface {
  const { env, folder, columns, rows } = request;
  const stream = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      // At once, so that what one stream says does not overtake what the other did before.
      write: (chunk, _encoding, done) => {
        output(name, chunk);
        done();
      },
    });
  const terminal = columns > 0 ? { isTTY: true, columns, rows } : {};
  const unused = (): never => {
    throw internal({ code: 'command-not-served', message: 'a build asks for nothing of the kind' });
  };
  return {
    stdin: Readable.from([]),
    stdout: Object.assign(stream('stdout'), terminal),
    stderr: stream('stderr'),
    env,
    now: Date.now,
    folder: folder.text,
    programs: '',
    signal,
    shell: unused,
    shellChecker: unused,
    engine: async () => new EngineClient(socket),
  };
}
