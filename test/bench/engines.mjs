// The two engines that are compared: ours, and a dockerd beside it, both with the same registry and folders of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { enginePings, startDaemon } from '../../scripts/setup/engine.mjs';
import { run } from '../../scripts/setup/run.mjs';

const PATIENCE_MS = 30_000;

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {string} socket
 * @property {number} pid of its daemon
 * @property {() => Promise<void>} stop ends it and removes its folder
 */

/** @returns {Promise<Engine>} */
export async function startLapstrake(registryUrl) {
  const folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-bench-'));
  const socket = path.join(folder, 'engine.sock');
  const daemon = await startDaemon(socket, ['--root', path.join(folder, 'root'), '--registry-mirror', registryUrl]);
  return {
    name: 'lapstrake',
    socket,
    pid: daemon.pid,
    stop: async () => {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts a dockerd with a bridge of its own, which it would leave behind, and without packet filter rules, which it would
 * leave behind too: they only make it slower.
 * @returns {Promise<Engine | { whyNot: string }>}
 */
export async function startDockerd(registryUrl) {
  const program = await findProgram('dockerd');
  if (!program) return { whyNot: 'dockerd is not installed (Debian package docker.io)' };
  if (process.getuid?.() !== 0) return { whyNot: 'dockerd needs root' };
  const folder = await mkdtemp(path.join(tmpdir(), 'dockerd-bench-'));
  const socket = path.join(folder, 'engine.sock');
  const bridge = `lapbench${process.pid % 1_000_000}`;
  // Another process may have one beside it.
  const address = `198.18.${process.pid % 256}.1/24`;
  for (const words of [`link add ${bridge} type bridge`, `addr add ${address} dev ${bridge}`]) {
    const { code, output } = await run('ip', words.split(' '));
    if (code !== 0) return { whyNot: `its bridge cannot be made: ${output.trim()}` };
  }
  const child = spawn(
    program,
    [
      ...['--data-root', path.join(folder, 'data'), '--exec-root', path.join(folder, 'exec')],
      ...['--pidfile', path.join(folder, 'pid'), '-H', `unix://${socket}`, '--registry-mirror', registryUrl],
      ...['--bridge', bridge, '--iptables=false', '--ip-masq=false'],
    ],
    // containerd leaves its stacks in the temporary folder where it is slow to answer.
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: folder } },
  );
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  const exited = once(child, 'exit');
  const stop = async () => {
    const networks = await run('docker', ['-H', `unix://${socket}`, 'network', 'ls', '-q', '--filter', 'type=custom']);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
    // What `--network host` leaves there.
    await run('umount', [path.join(folder, 'exec/netns/default')]);
    // It leaves the bridges of its users' networks, too.
    const left = networks.code === 0 ? networks.output.trim().split('\n').filter(Boolean) : [];
    for (const link of [bridge, ...left.map((id) => `br-${id}`)]) await run('ip', ['link', 'del', link]);
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await enginePings(socket))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      return { whyNot: `dockerd did not start: ${lastLine(said)}` };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { name: 'dockerd', socket, pid: child.pid, stop };
}

function lastLine(chunks) {
  return Buffer.concat(chunks).toString().trim().split('\n').at(-1) ?? '';
}
