// A virtual machine that runs: a kernel for user mode, in a network namespace of its own. Its disk stays as it was made.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ADDRESS, GATEWAY } from './image.mjs';

const run = promisify(execFile);
const MEMORY = '4096M';
const BOOT_MS = 300_000;

/**
 * Starts a machine from a folder of `machineImage`. It ends with `stop`, which leaves nothing.
 * @param {string} folder
 */
export async function boot(folder) {
  const at = (name) => path.join(folder, name);
  const own = await mkdtemp(path.join(tmpdir(), 'lapstrake-machine-'));
  const network = path.basename(own);
  const inside = ['netns', 'exec', network];
  const console = path.join(own, 'console');
  const login = (user) => [
    ...[
      'ip',
      ...inside,
      'ssh',
      '-i',
      at('key'),
      '-o',
      'LogLevel=ERROR',
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=5',
    ],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', `${user}@${ADDRESS}`],
  ];
  await run('ip', ['netns', 'add', network]);
  for (const words of [
    ['tuntap', 'add', 'dev', 'tap', 'mode', 'tap'],
    ['addr', 'add', `${GATEWAY}/24`, 'dev', 'tap'],
    ['link', 'set', 'tap', 'up'],
  ]) {
    await run('ip', ['-n', network, ...words]);
  }
  const out = await open(console, 'w');
  const kernel = spawn(
    'ip',
    [
      ...[
        ...inside,
        at('linux'),
        `mem=${MEMORY}`,
        `ubda=${path.join(own, 'changes')},${at('disk')}`,
        'root=/dev/ubda',
        'rw',
      ],
      ...['con=null', 'con0=null,fd:1', 'ssl=null', 'vec0:transport=tap,ifname=tap', 'quiet'],
    ],
    { stdio: ['ignore', out.fd, out.fd], env: { ...process.env, TMPDIR: own }, detached: true },
  );
  await out.close();
  const exited = once(kernel, 'exit');
  const machine = {
    /** The command with which a person gets in. */
    login,
    /** Runs a shell command in it, with its output here; gives the exit code. */
    async run(user, script) {
      const [program, ...args] = login(user);
      const [code] = await once(spawn(program, [...args, script], { stdio: 'inherit' }), 'exit');
      return code ?? 255;
    },
    async stop() {
      // Its processes are processes here, all in its group.
      process.kill(-kernel.pid, 'SIGKILL');
      await exited;
      await run('ip', ['netns', 'delete', network]);
      await rm(own, { recursive: true });
    },
  };
  try {
    await answers(kernel, login('root'));
  } catch (error) {
    const said = await readFile(console, 'utf8');
    await machine.stop();
    throw new Error(`${error.message}\n${said.slice(-2000)}`);
  }
  return machine;
}

/** Until systemd has started all that it is to start. */
async function answers(kernel, [program, ...args]) {
  const end = Date.now() + BOOT_MS;
  while (kernel.exitCode === null && kernel.signalCode === null && Date.now() < end) {
    const error = await run(program, [...args, 'systemctl is-system-running --wait']).catch((failed) => failed);
    if (!(error instanceof Error)) return;
    // That of ssh itself: nobody listens yet.
    if (error.code !== 255) throw new Error(`The machine did not come up as a whole: ${error.stdout}`);
    await delay(1000);
  }
  throw new Error('The machine did not come up.');
}
