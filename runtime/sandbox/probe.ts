import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NO_FEATURES } from './features.ts';
import { probeSpec } from './probe-spec.ts';
import type { Probe, SandboxDriver, SandboxFeatures } from './sandbox.ts';

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
  const id = `probe-${randomBytes(6).toString('hex')}`;
  const rootfs = join(of.stateRoot, id);
  try {
    await mkdir(rootfs, { recursive: true });
    const process = await driver.run(await probeSpec(id, rootfs), signal);
    process.stdout.resume();
    process.stderr?.resume();
    const { exitCode } = await process.exited;
    if (exitCode === 0) return { works: true, reason: `${of.label} ran a test container`, features: of.features };
    const reason = `${of.label} started a test container, which ended with exit code ${exitCode}`;
    return { works: false, reason, features: NO_FEATURES };
  } catch (error) {
    return { works: false, reason: refusal(of.label, error), features: NO_FEATURES };
  } finally {
    await driver.remove(id);
    await rm(rootfs, { recursive: true, force: true });
  }
}

function refusal(label: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/spawn .* ENOENT/.test(message)) return `${label} is not installed`;
  return `${label} cannot start a container here: ${message}`;
}
