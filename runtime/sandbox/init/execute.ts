import { accessSync, constants, statSync } from 'node:fs';
import koffi from 'koffi';
import { hasErrno } from '../../os/errno.ts';
import { libcFunction } from '../../os/libc.ts';
import type { InitProblem } from './config.ts';

const libc = koffi.load(null);
const execve = libc.func('int execve(const char *path, const char **argv, const char **env)');
const signal = libc.func('void *signal(int number, intptr_t handler)');
const fcntl = libcFunction('fcntl', 'int fcntl(int fd, int command, int argument)');
const closeRange = libcFunction(
  'close_range',
  'long syscall(long number, uint32_t first, uint32_t last, uint32_t flags)',
);
const [F_SETFD, FD_CLOEXEC] = [2, 1];
const [CLOSE_RANGE, CLOSE_RANGE_CLOEXEC] = [436, 4];
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Linux's standard and real-time signals. */
const SIGNALS = 64;
const [SIGKILL, SIGSTOP, SIG_DFL] = [9, 19, 0];

/** A program that cannot be started, in the words of OCI runtimes. */
export class StartProblem extends Error {
  constructor(
    readonly kind: InitProblem['kind'],
    message: string,
  ) {
    super(message);
  }
}

/** A program that is there and may be executed, and that the kernel can do nothing with. */
export class ExecutionFailed extends Error {}

/** Lets descriptors end with execve. */
export function closeOnExec(...fds: readonly number[]): void {
  for (const fd of fds) fcntl(`descriptor ${fd}`, fd, F_SETFD, FD_CLOEXEC);
}

/** The path of a program: as it stands where it has a slash, else from PATH. */
export function findProgram(name: string, env: readonly string[]): string {
  if (name.includes('/')) {
    requireProgram(name);
    return name;
  }
  const path = env.findLast((each) => each.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  for (const folder of path.split(':')) {
    const candidate = `${folder || '.'}/${name}`;
    if (name !== '' && isProgram(candidate)) return candidate;
  }
  throw new StartProblem('command-not-found', `exec: "${name}": executable file not found in $PATH`);
}

function requireProgram(path: string): void {
  try {
    if (statSync(path).isFile()) {
      accessSync(path, constants.X_OK);
      return;
    }
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) {
      throw new StartProblem('command-not-found', `exec: "${path}": stat ${path}: no such file or directory`);
    }
    if (!hasErrno(error, 'EACCES')) throw error;
  }
  throw new StartProblem('command-not-executable', `exec: "${path}": permission denied`);
}

function isProgram(path: string): boolean {
  try {
    requireProgram(path);
    return true;
  } catch (error) {
    if (error instanceof StartProblem) return false;
    throw error;
  }
}

/** Becomes the program, with its standard streams and nothing else of this process. */
export function executeProgram(path: string, args: readonly string[], env: readonly string[]): never {
  // Node ignores SIGPIPE and the like; a program must find all signals at their default.
  for (let number = 1; number <= SIGNALS; number++)
    if (number !== SIGKILL && number !== SIGSTOP) signal(number, SIG_DFL);
  for (const fd of [0, 1, 2]) fcntl(`descriptor ${fd}`, fd, F_SETFD, 0);
  closeRange('descriptors', CLOSE_RANGE, 3, 0xffffffff, CLOSE_RANGE_CLOEXEC);
  process.umask(0o022);
  execve(path, [...args, null], [...env, null]);
  const errno = koffi.errno();
  const why = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  // A script whose interpreter, or a program whose loader, is not there.
  if (why === 'ENOENT') throw new ExecutionFailed(`exec ${path}: no such file or directory`);
  if (why === 'ENOEXEC') throw new ExecutionFailed(`exec ${path}: exec format error`);
  if (why === 'EACCES') throw new StartProblem('command-not-executable', `exec ${path}: permission denied`);
  throw new StartProblem('failed', `exec ${path}: ${why}`);
}
