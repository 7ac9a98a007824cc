import { Socket } from 'node:net';
import { internal } from '../errors.ts';
import { closeFd, openSocketPair } from '../os/pipe.ts';
import { startChild } from '../os/start-child.ts';
import { KeeperLink } from './link.ts';

/** What a keeper is to start and to keep. */
export interface KeeperPlan {
  /** Absolute path of the keeper's program. */
  readonly program: string;
  /**
   * An empty folder of the keeper's own: working folder of the command, place of its socket and its exit record. One that
   * enters a container makes it.
   */
  readonly folder: string;
  /** Starts the process and ends. */
  readonly command: readonly string[] | KeeperEntry;
  /** The process gets a terminal, which the command sends to `console.sock` in the folder. */
  readonly terminal: boolean;
  /** Its stdin stays open; otherwise it reads as empty. */
  readonly input: boolean;
  /** Whose the pipes are. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** Where the command leaves the process's id; where undefined, `adopt` tells it. */
  readonly pidFile: string | undefined;
  /** Folder of a control group of version 2 in which the command starts. */
  readonly cgroup?: string | undefined;
  /** Folder of the process's control group with the count of kills for lack of memory, where its end is to tell of them. */
  readonly memory?: string | undefined;
  /** Descriptors that the command gets from 3 on; the caller closes its own. */
  readonly fds: readonly number[];
  readonly log: KeeperLog | undefined;
  /** Whether the output is sent from the beginning. */
  readonly listens: 'on' | 'off';
}

/** The keeper's program itself starts the process, in a container that runs. */
export interface KeeperEntry {
  /** What `src/plan.h` says. */
  readonly plan: Buffer;
  /** A file that says whether the container is paused, and what it says where it is not. */
  readonly freezer?: { readonly file: string; readonly running: string } | undefined;
}

/** Where a keeper writes what the process writes. */
export interface KeeperLog {
  readonly path: string;
  /** Bytes above which the file is moved aside; 0: never. */
  readonly maxSize: number;
  /** How many files are kept, the newest included. */
  readonly maxFiles: number;
}

/** Starts a keeper, which starts the command. Error: `internal` where the keeper itself cannot be started. */
export async function startKeeper(plan: KeeperPlan): Promise<KeeperLink> {
  const { command } = plan;
  const entry = 'plan' in command ? command : undefined;
  const options = [
    ...(plan.terminal ? ['-t'] : []),
    ...(plan.input ? ['-i'] : []),
    ...(plan.listens === 'on' ? ['-a'] : []),
    ...(plan.user.uid === 0 && plan.user.gid === 0 ? [] : [`-u${plan.user.uid}`, `-g${plan.user.gid}`]),
    ...(plan.fds.length === 0 ? [] : [`-x${plan.fds.length}`]),
    ...(plan.pidFile === undefined ? [] : [`-p${plan.pidFile}`]),
    ...(plan.cgroup === undefined ? [] : [`-c${plan.cgroup}`]),
    ...(plan.memory === undefined ? [] : [`-m${plan.memory}`]),
    ...(plan.log === undefined ? [] : [`-l${plan.log.path}`, `-s${plan.log.maxSize}`, `-n${plan.log.maxFiles}`]),
    ...(entry === undefined ? [] : ['-e']),
    ...(entry?.freezer === undefined ? [] : [`-f${entry.freezer.file}`, `-w${entry.freezer.running}`]),
  ];
  const [ours, theirs] = openSocketPair();
  try {
    startChild({
      program: plan.program,
      args: [plan.folder, ...options, ...('plan' in command ? [] : ['--', ...command])],
      env: { PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      fds: [theirs, ...plan.fds],
    });
  } catch (cause) {
    await Promise.all([ours, theirs].map(closeFd));
    const why = cause instanceof Error ? cause.message : String(cause);
    throw internal({ code: 'keeper-not-started', message: `cannot start ${plan.program}: ${why}`, cause });
  }
  const link = new KeeperLink(new Socket({ fd: ours, readable: true, writable: true }));
  if (entry !== undefined) link.enter(entry.plan);
  await closeFd(theirs);
  return link;
}
