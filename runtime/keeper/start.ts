import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { internal } from '../errors.ts';
import { KeeperLink } from './link.ts';

/** What a keeper is to start and to keep. */
export interface KeeperPlan {
  /** Absolute path of the keeper's program. */
  readonly program: string;
  /** An empty folder of the keeper's own: working folder of the command, place of its socket and its exit record. */
  readonly folder: string;
  /** Starts the process and ends. */
  readonly command: readonly string[];
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

/** Where a keeper writes what the process writes. */
export interface KeeperLog {
  readonly path: string;
  /** Bytes above which the file is moved aside; 0: never. */
  readonly maxSize: number;
  /** How many files are kept, the newest included. */
  readonly maxFiles: number;
}

/** Starts a keeper, which starts the command. Error: `internal` where the keeper itself cannot be started. */
export function startKeeper(plan: KeeperPlan): Promise<KeeperLink> {
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
  ];
  const child = spawn(plan.program, [plan.folder, ...options, '--', ...plan.command], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', ...plan.fds],
    env: { PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: '/',
    detached: true,
  });
  child.unref();
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        internal({ code: 'keeper-not-started', message: `cannot start ${plan.program}: ${cause.message}`, cause }),
      ),
    );
    child.once('spawn', () => resolve(new KeeperLink(child.stdio[3] as unknown as Socket)));
  });
}
