import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { within } from '../../core/time/within.ts';
import { NO_FEATURES } from './features.ts';
import { probeSpec } from './probe-spec.ts';
import type { Probe, SandboxDriver, SandboxFeatures, SandboxProcess } from './sandbox.ts';
import { untilAborted } from './until-aborted.ts';

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
    /** Looks at the test container's process while that waits for the end of its input, instead of running `true`. */
    readonly inspect?: ((process: SandboxProcess) => Promise<void>) | undefined;
  },
  signal?: AbortSignal,
): Promise<Probe> {
  const until = within(PATIENCE, signal);
  const id = `probe-${randomBytes(6).toString('hex')}`;
  const rootfs = join(of.stateRoot, id);
  try {
    await mkdir(rootfs, { recursive: true });
    const process = await driver.run(await probeSpec(id, rootfs, of.inspect ? 'wait' : 'end'), until);
    process.stderr?.resume();
    if (of.inspect) await untilAborted(of.inspect(process), until);
    process.stdin?.end();
    process.stdout.resume();
    const { exitCode } = await untilAborted(process.exited, until);
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

function refusal(label: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/spawn .* ENOENT/.test(message)) return `${label} is not installed`;
  return `${label} cannot start a container here: ${message}`;
}
