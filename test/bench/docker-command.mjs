// Runs the docker command line, the same for both engines, and measures it from outside: as a person waits for it.
import { execFile } from 'node:child_process';

/** Runs `docker ARGS` against an engine and gives the milliseconds until it has ended. Throws where it fails. */
export function timeDocker({ name, socket }, ...args) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    execFile('docker', ['-H', `unix://${socket}`, ...args], { env, timeout: 300_000 }, (error, _stdout, stderr) => {
      if (error) reject(new Error(`${name}: docker ${args.join(' ')} failed: ${stderr || error.message}`));
      else resolve(performance.now() - began);
    });
  });
}
