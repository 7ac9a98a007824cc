// The builders that are measured beside each other.
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../../scripts/setup/setup.mjs';
import { timeDocker } from './docker-command.mjs';

const BUILDKIT_CLI = '/usr/bin/docker';

/**
 * The builders that are compared: our engine by our command line, another of ours by docker's, dockerd's classic one, its
 * BuildKit. `engine` is the one that works. Ours are two as each would find what the other has built.
 * @param {readonly import('./engines.mjs').Engine[]} engines
 * @param {import('./engines.mjs').Engine} another of ours
 * @returns {Promise<{ name: string, engine: import('./engines.mjs').Engine, build: (...args: string[]) => Promise<number> }[]>}
 */
export async function buildersOf(engines, another) {
  const builders = [];
  for (const engine of engines) {
    if (engine.name === 'lapstrake') {
      const program = path.join(ROOT, 'scripts/bin/lapstrake');
      const own = (...args) => timed(program, ['--host', `unix://${engine.socket}`, 'build', ...args], {});
      builders.push({ name: 'lapstrake build', engine, build: own });
      builders.push({ name: 'docker build, our engine', engine: another, build: byDocker(another) });
      continue;
    }
    builders.push({ name: 'dockerd', engine, build: byDocker(engine) });
    const hasBuildKit = await access(BUILDKIT_CLI).then(
      () => true,
      () => false,
    );
    const host = ['-H', `unix://${engine.socket}`, 'build'];
    const buildkit = (...args) => timed(BUILDKIT_CLI, [...host, ...args], { DOCKER_BUILDKIT: '1' });
    if (hasBuildKit) builders.push({ name: 'dockerd, BuildKit', engine, build: buildkit });
  }
  return builders;
}

const byDocker =
  (engine) =>
  (...args) =>
    timeDocker(engine, 'build', ...args);

function timed(program, args, more) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    execFile(program, args, { env: { ...process.env, ...more }, timeout: 600_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')} failed: ${stderr || stdout || error.message}`));
      else resolve(performance.now() - began);
    });
  });
}
