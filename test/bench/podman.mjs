// A podman whose service speaks the Docker Engine API, with folders of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { enginePings } from '../../scripts/setup/engine.mjs';

const PATIENCE_MS = 30_000;

/** @returns {Promise<import('./engines.mjs').Engine | { whyNot: string }>} */
export async function startPodman(registryUrl) {
  const program = await findProgram('podman');
  if (!program) return { whyNot: 'it is not installed' };
  if (process.getuid?.() !== 0) return { whyNot: 'measured as root only, as the others' };
  // Podman allows no more than fifty characters for the folder of what runs.
  const folder = await mkdtemp('/tmp/lappod-');
  const socket = path.join(folder, 'engine.sock');
  const registries = path.join(folder, 'registries.conf');
  await writeFile(registries, mirrorOf(new URL(registryUrl).host));
  const settings = path.join(folder, 'containers.conf');
  // Its defaults ask for more open files and processes than every machine allows.
  await writeFile(settings, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n');
  const options = ['--root', path.join(folder, 'root'), '--runroot', path.join(folder, 'run')];
  const manager = [
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'file',
    '--runtime',
    'runc',
    '--tmpdir',
    path.join(folder, 'tmp'),
  ];
  const env = { ...process.env, CONTAINERS_REGISTRIES_CONF: registries, CONTAINERS_CONF: settings };
  const service = ['system', 'service', '--time', '0', `unix://${socket}`];
  const child = spawn(program, [...options, ...manager, ...service], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const said = [];
  child.stderr.on('data', (chunk) => said.push(chunk));
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
    const reset = spawn(program, [...options, ...manager, 'system', 'reset', '--force'], { env, stdio: 'ignore' });
    await once(reset, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await enginePings(socket))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      return { whyNot: `its service did not start: ${Buffer.concat(said).toString().trim()}` };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { name: 'podman', socket, pid: child.pid, stop };
}

function mirrorOf(host) {
  return [
    'unqualified-search-registries = ["docker.io"]',
    '[[registry]]',
    'location = "docker.io"',
    '[[registry.mirror]]',
    `location = "${host}"`,
    'insecure = true',
    '',
  ].join('\n');
}
