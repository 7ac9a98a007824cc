import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NO_FEATURES } from './features.ts';
import { probeSpec } from './probe-spec.ts';
import type { Exit, Probe, SandboxDriver, SandboxFeatures, SandboxProcess } from './sandbox.ts';

/** Milliseconds after which a test container counts as one that does not work. */
const PATIENCE = 30_000;

/** Runs the host's own `true` in an empty root: only a real run shows what a driver cannot do on this machine. */
export async function probeByRunning(
  driver: SandboxDriver,
  of: {
    /** The program that it needs, which is also the name of its package. */
    readonly label: string;
    readonly stateRoot: string;
    /** What it honours where it works. */
    readonly features: SandboxFeatures;
  },
  signal?: AbortSignal,
): Promise<Probe> {
  const limit = AbortSignal.timeout(PATIENCE);
  const until = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const id = `probe-${randomBytes(6).toString('hex')}`;
  const rootfs = join(of.stateRoot, id);
  try {
    await mkdir(rootfs, { recursive: true });
    const process = await driver.run(await probeSpec(id, rootfs), until);
    process.stdout.resume();
    process.stderr?.resume();
    const { exitCode } = await endOf(process, until);
    if (exitCode === 0) return { works: true, reason: `${of.label} ran a test container`, features: of.features };
    const reason = `${of.label} started a test container, which ended with exit code ${exitCode}`;
    return { works: false, reason, features: NO_FEATURES };
  } catch (error) {
    if (until.aborted)
      return { works: false, reason: `${of.label} came to no end in a test container`, features: NO_FEATURES };
    return { works: false, reason: refusal(of.label, error), features: NO_FEATURES };
  } finally {
    await driver.remove(id);
    await rm(rootfs, { recursive: true, force: true });
  }
}

function endOf(process: SandboxProcess, signal: AbortSignal): Promise<Exit> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void process.exited.then((exit) => {
      signal.removeEventListener('abort', onAbort);
      resolve(exit);
    });
  });
}

function refusal(label: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/spawn .* ENOENT/.test(message)) return `${label} is not installed`;
  return `${label} cannot start a container here: ${message}`;
}
