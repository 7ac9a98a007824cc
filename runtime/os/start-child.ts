import { libcFunction, SystemCallError } from './libc.ts';
import { waitpidNoHang } from './syscalls.ts';

const libc = {
  posix_spawn: libcFunction(
    'posix_spawn',
    'int posix_spawn(_Out_ int *pid, const char *path, const void *actions, const void *attributes, const char **argv, const char **environment)',
  ),
  actions: libcFunction('posix_spawn_file_actions_init', 'int posix_spawn_file_actions_init(void *actions)'),
  freeActions: libcFunction('posix_spawn_file_actions_destroy', 'int posix_spawn_file_actions_destroy(void *actions)'),
  open: libcFunction(
    'posix_spawn_file_actions_addopen',
    'int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags, unsigned int mode)',
  ),
  dup2: libcFunction(
    'posix_spawn_file_actions_adddup2',
    'int posix_spawn_file_actions_adddup2(void *actions, int from, int to)',
  ),
  close: libcFunction(
    'posix_spawn_file_actions_addclose',
    'int posix_spawn_file_actions_addclose(void *actions, int fd)',
  ),
  attributes: libcFunction('posix_spawnattr_init', 'int posix_spawnattr_init(void *attributes)'),
  flags: libcFunction('posix_spawnattr_setflags', 'int posix_spawnattr_setflags(void *attributes, int16_t flags)'),
  defaults: libcFunction(
    'posix_spawnattr_setsigdefault',
    'int posix_spawnattr_setsigdefault(void *attributes, const void *signals)',
  ),
  mask: libcFunction(
    'posix_spawnattr_setsigmask',
    'int posix_spawnattr_setsigmask(void *attributes, const void *signals)',
  ),
};

/** Bytes of the C library's records (80, 336 and 128 in glibc and musl on 64-bit machines). */
const [ACTIONS, ATTRIBUTES, SIGNALS] = [256, 1024, 128];
/** POSIX_SPAWN_SETSIGDEF, _SETSIGMASK, _SETSID. */
const FLAGS = 0x04 | 0x08 | 0x80;
const O_RDWR = 2;

export interface ChildStart {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors that it gets from 3 on; the caller closes its own. 0, 1 and 2 are /dev/null. */
  readonly fds: readonly number[];
}

/**
 * Starts a program in a session of its own, with no signal blocked or ignored, in this process's working folder; gives its id.
 * Node's `spawn` copies the page tables of this process first, all of which then has to be copied again where it is written
 * to: a few milliseconds, in which nobody is served. This borrows the memory until the program is there (CLONE_VFORK).
 * Nobody is told of its end, after which nothing of it is left. Error: SystemCallError.
 */
export function startChild({ program, args, env, fds }: ChildStart): number {
  const [actions, attributes, none] = [Buffer.alloc(ACTIONS), Buffer.alloc(ATTRIBUTES), Buffer.alloc(SIGNALS)];
  libc.attributes('', attributes);
  libc.flags('', attributes, FLAGS);
  libc.defaults('', attributes, Buffer.alloc(SIGNALS, 0xff));
  libc.mask('', attributes, none);
  libc.actions('', actions);
  try {
    for (const fd of [0, 1, 2]) libc.open('', actions, fd, '/dev/null', O_RDWR, 0);
    placeFrom3(actions, fds);
    const pid = [0];
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const errno = libc.posix_spawn(
      program,
      pid,
      program,
      actions,
      attributes,
      [program, ...args, null],
      [...variables, null],
    );
    if (errno !== 0) throw new SystemCallError('posix_spawn', errno, program);
    takeAtItsEnd(pid[0]!);
    return pid[0]!;
  } finally {
    libc.freeActions('', actions);
  }
}

/** By way of numbers that none of them has or gets: one may stand where another one goes. */
function placeFrom3(actions: Buffer, fds: readonly number[]): void {
  const spare = Math.max(2, ...fds) + fds.length + 1;
  for (const [index, fd] of fds.entries()) libc.dup2('', actions, fd, spare + index);
  for (const index of fds.keys()) {
    libc.dup2('', actions, spare + index, 3 + index);
    libc.close('', actions, spare + index);
  }
}

/** Children that run: signals are the process's, and so is this. */
const running = new Set<number>();

function takeAtItsEnd(pid: number): void {
  if (running.size === 0) process.on('SIGCHLD', takeEnded);
  running.add(pid);
}

function takeEnded(): void {
  for (const pid of running) if (hasBeenTaken(pid)) running.delete(pid);
  if (running.size === 0) process.off('SIGCHLD', takeEnded);
}

function hasBeenTaken(pid: number): boolean {
  try {
    return waitpidNoHang(pid) !== undefined;
  } catch (error) {
    if (error instanceof SystemCallError && error.errnoName === 'ECHILD') return true;
    throw error;
  }
}
