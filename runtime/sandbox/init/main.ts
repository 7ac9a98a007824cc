import { closeSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { errorText, hasErrno } from '../../os/errno.ts';
import { Namespace, unshare } from '../../os/syscalls.ts';
import { CONFIG_FD, type InitConfig, type InitReport, REPORT_FD } from './config.ts';
import { becomeUser, dropBounding, limitResources, refuseNewPrivileges } from './credentials.ts';
import { closeOnExec, ExecutionFailed, executeProgram, findProgram, StartProblem } from './execute.ts';
import { joinNamespaces } from './join.ts';
import { setDumpable } from './process-flags.ts';
import { changeRoot, makeWorkingFolder, prepareRoot, setOomScore } from './root.ts';
import { connectTerminal, newSession, showConsole, takeTerminal } from './terminal.ts';

// Entry of dist/sandbox-init.js: util-linux has made the namespaces and forked; this makes the container's world around
// itself and becomes its program. Everything is synchronous, on the main thread: credentials and namespaces are a thread's.
try {
  start();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ExecutionFailed) {
    // As with runc: the process has been started, and this is its end.
    closeSync(REPORT_FD);
    writeSync(2, `${message}\n`);
  } else {
    report({ problem: { kind: error instanceof StartProblem ? error.kind : 'failed', message } });
  }
  process.exit(1);
}

function start(): void {
  // Nobody in the container may look into this process while it still is the host's program.
  setDumpable('no');
  closeOnExec(CONFIG_FD, REPORT_FD);
  const config = JSON.parse(readLine() ?? '') as InitConfig;
  // /proc is still the daemon's here, and so is the id that it shows.
  const pid = Number(readlinkSync('/proc/self'));
  const console = config.consoleSocket === undefined ? undefined : connectTerminal(config.consoleSocket);
  newSession();
  if (config.task !== 'run' && config.oomScoreAdj !== undefined) setOomScore(config.oomScoreAdj);
  joinNamespaces(config.join);
  if (config.task === 'run') prepareRoot(config);
  if (console !== undefined) {
    const terminal = takeTerminal(console, config.process);
    if (config.task === 'run') showConsole(terminal);
  }
  if (config.task === 'chroot') {
    changeRoot(config.rootfs);
    if (config.isFirst) makeWorkingFolder(config.process.cwd);
  }
  limitResources(config.ulimits);
  report({ ready: true, pid });
  // The daemon now moves this process into its control group. One that died meanwhile may not have done so.
  if (readLine() === undefined) process.exit(1);
  if (config.task === 'run' && config.hidesCgroups) unshare(Namespace.cgroup);
  dropBounding(config.capabilities);
  const entered = enterFolder(config.process.cwd, 'as-root');
  becomeUser(config.process.user, config.capabilities);
  if (!entered) enterFolder(config.process.cwd, 'as-user');
  const program = findProgram(config.process.args[0] ?? '', config.process.env);
  if (config.process.noNewPrivileges) refuseNewPrivileges();
  executeProgram(program, config.process.args, config.process.env);
}

/** As runc does: what root may not enter, the user may still, and the other way round. False where that is to be tried. */
function enterFolder(cwd: string, who: 'as-root' | 'as-user'): boolean {
  try {
    process.chdir(cwd || '/');
    return true;
  } catch (error) {
    if (who === 'as-root' && hasErrno(error, 'EACCES', 'EPERM')) return false;
    throw new StartProblem('failed', `chdir to cwd ("${cwd}") failed: ${errorText(error)}`);
  }
}

/** One line of the daemon's, undefined where the pipe ends before; bytes after it stay in the pipe. */
function readLine(): string | undefined {
  const bytes: number[] = [];
  const byte = Buffer.alloc(1);
  const chunks: Buffer[] = [];
  for (;;) {
    if (readSync(CONFIG_FD, byte, 0, 1, null) === 0) return undefined;
    if (byte[0] === 10) break;
    bytes.push(byte[0]!);
    if (bytes.length === 4096) chunks.push(Buffer.from(bytes.splice(0)));
  }
  return Buffer.concat([...chunks, Buffer.from(bytes)]).toString('utf8');
}

function report(line: InitReport): void {
  writeSync(REPORT_FD, `${JSON.stringify(line)}\n`);
}
