import { cancelled, internal } from '../../errors.ts';
import type { HeldProcess } from '../holder.ts';
import { type Keeping, keeperHolder } from '../keeper-holder.ts';
import { untilAborted } from '../until-aborted.ts';
import { type Entry, entryPlan } from './plan.ts';

/** Exit codes of what the keeper starts to enter (keeper/src/enter.h). */
const [ENTERED, NOT_ENTERED] = [0, 3];
const PID_FILE = 'pid';

/**
 * Starts a further process in a running container by the keeper's own program: without an OCI runtime, and in a fraction of its
 * time. `keeping.folder` must not be there yet. Undefined where nothing has been executed, whatever the reason: the driver's other way then says what it is, or does
 * what this one cannot. Errors: `cancelled`, and `internal` where it is not known what has become of the process.
 */
export async function enterContainer(
  entry: Omit<Entry, 'consoleName'>,
  keeping: Keeping,
  signal?: AbortSignal,
): Promise<HeldProcess | undefined> {
  const holder = keeperHolder(keeping);
  const plan = entryPlan({ ...entry, consoleName: holder.consoleName });
  if (plan === undefined) return undefined;
  const { process: spec, container } = entry;
  const args = { plan, freezer: container.freezer };
  const beginning = await holder.begin({ args, process: spec, pidFile: PID_FILE, cgroup: container.cgroup });
  try {
    const { exitCode } = await untilAborted(beginning.command, signal);
    if (exitCode === ENTERED) return await beginning.take();
    if (exitCode !== NOT_ENTERED) throw unknownOutcome(exitCode);
  } catch (error) {
    await beginning.abandon();
    if (!signal?.aborted) throw error;
    throw cancelled({ code: 'start-cancelled', message: 'the start of an exec was cancelled', cause: error });
  }
  await beginning.abandon();
  return undefined;
}

function unknownOutcome(exitCode: number): Error {
  return internal({
    code: 'sandbox-start-failed',
    message: `OCI runtime exec failed: exec failed: what enters the container ended with exit code ${exitCode}`,
  });
}
