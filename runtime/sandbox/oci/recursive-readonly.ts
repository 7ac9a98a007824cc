import { run } from '../../os/spawn.ts';

/** The first versions that know `rro` (OCI runtime-spec, config.md, Mounts): of others it would be no option at all. */
const SINCE: Readonly<Record<string, readonly [number, number]>> = { runc: [1, 1], crun: [1, 4] };
/** That of `mount_setattr`. */
const KERNEL_SINCE = [5, 12] as const;

/** Whether an OCI runtime, which works, makes a bind read-only with all that is mounted below it. `kernel` is its release. */
export async function hasRecursiveReadonly(runtime: string, kernel: string): Promise<boolean> {
  if (!isSince(/^(\d+)\.(\d+)/.exec(kernel)?.slice(1), KERNEL_SINCE)) return false;
  try {
    const { stdout } = await run(runtime, ['--version']);
    const [, name = '', ...version] = /^(\w+) version (\d+)\.(\d+)/.exec(stdout.toString()) ?? [];
    const since = SINCE[name];
    return since !== undefined && isSince(version, since);
  } catch {
    // One that cannot be started has nothing at all, as its probe will say.
    return false;
  }
}

function isSince(
  version: readonly string[] | undefined,
  [wantedMajor, wantedMinor]: readonly [number, number],
): boolean {
  const [major = 0, minor = 0] = (version ?? []).map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
