import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { machineFeatures, NO_FEATURES } from '../features.ts';
import { probeSpec } from '../probe-spec.ts';
import type { Probe, SandboxDriver } from '../sandbox.ts';
import type { OciDriverOptions } from './driver.ts';

/** Runs the host's own `true` in a minimal bundle: only a real run shows what a runtime refuses on this machine. */
export async function probeRuntime(
  driver: SandboxDriver,
  options: OciDriverOptions,
  signal?: AbortSignal,
): Promise<Probe> {
  const id = `probe-${randomBytes(6).toString('hex')}`;
  const rootfs = join(options.stateRoot, id);
  try {
    await mkdir(rootfs, { recursive: true });
    const process = await driver.run(await probeSpec(id, rootfs), signal);
    process.stdout.resume();
    process.stderr?.resume();
    const { exitCode } = await process.exited;
    const works = exitCode === 0;
    return {
      works,
      reason: works
        ? `${options.runtime} ran a test container`
        : `${options.runtime} started a test container, which ended with exit code ${exitCode}`,
      features: works ? machineFeatures(options.machine, options.machine.seccomp) : NO_FEATURES,
    };
  } catch (error) {
    return { works: false, reason: refusal(options.runtime, error), features: NO_FEATURES };
  } finally {
    await driver.remove(id);
    await rm(rootfs, { recursive: true, force: true });
  }
}

function refusal(runtime: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/ENOENT/.test(message)) return `${runtime} is not installed: the package ${runtime} adds it`;
  return `${runtime} cannot start a container here: ${message}`;
}
