// The engine for a person who tries the project: their own, with base images from this machine where no registry answers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { homedir } from 'node:os';
import path from 'node:path';
import { hubAnswers, prepareBaseImages } from '../fixtures/base-images.mjs';
import { say, warn } from './say.mjs';
import { ROOT } from './setup.mjs';

/** Whether an engine listens on a unix socket and answers a ping. */
export function enginePings(socket) {
  return new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

/** The address that the extension and the command line use without settings (protocol/engine-address.ts). */
export function defaultSocket() {
  const uid = process.getuid?.() ?? 1000;
  const { LAPSTRAKE_HOST: host, XDG_RUNTIME_DIR: runtime } = process.env;
  if (host?.startsWith('unix://')) return host.slice('unix://'.length);
  return `${runtime || (uid === 0 ? '/run' : `/tmp/lapstrake-${uid}`)}/lapstrake/lapstrake.sock`;
}

/**
 * Starts a daemon and waits until it answers. Its output is shown where it does not.
 * @param {readonly string[]} args
 */
export async function startDaemon(socket, args, env = process.env) {
  const program = path.join(ROOT, 'dist/lapstraked.js');
  const child = spawn(process.execPath, [program, '--host', `unix://${socket}`, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  const exited = once(child, 'exit');
  const deadline = Date.now() + 30_000;
  while (!(await enginePings(socket))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The engine did not start:\n${Buffer.concat(said).toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    pid: child.pid,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

/**
 * Makes the user's engine answer: the running one, or a new one that ends with `stop`. Where Docker Hub does not answer,
 * the base images come from this machine.
 */
export async function startEngine() {
  const socket = defaultSocket();
  if (await enginePings(socket)) {
    say(`using the engine that runs already (${socket})`);
    return { env: {}, socket, stop: async () => undefined };
  }
  const hub = await hubAnswers();
  const images = hub ? undefined : await prepareBaseImages({ say });
  if (images) {
    warn('Docker Hub does not answer from here: base images come from a registry on this machine, which has only');
    warn(`  ${images.references.join(', ')}, made from the programs of this machine (${images.kind})`);
  }
  try {
    const daemon = await startDaemon(socket, images ? ['--registry-mirror', images.registryUrl] : []);
    say(`engine is listening on unix://${socket.replace(homedir(), '~')}`);
    const stop = async () => {
      await daemon.stop();
      await images?.stop();
    };
    return { env: {}, socket, stop };
  } catch (error) {
    await images?.stop();
    throw error;
  }
}
