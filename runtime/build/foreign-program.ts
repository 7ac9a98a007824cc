import { access } from 'node:fs/promises';
import { formatPlatform } from '../../core/image/platform.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { resolveInRoot } from '../containers/rootfs-path.ts';
import { binfmtHandlers, handlerFor } from '../os/binfmt.ts';
import { hasErrno } from '../os/errno.ts';
import { BuildError } from './build-error.ts';
import type { StepProgress } from './builder.ts';
import type { StepContext } from './step-context.ts';

const REFUSED = /exec format error/i;
/** Also what the kernel says where the interpreter is missing, whatever program was asked for. */
const MISSING = /no such file or directory/i;

/**
 * Watches a command of another platform than the machine's: the kernel runs it where an interpreter is registered for its
 * programs (binfmt_misc), and else refuses it in words that do not say why.
 */
export class ForeignProgram {
  #isRefused = false;
  #isMissing = false;

  constructor(
    private readonly context: StepContext,
    /** Where the command sees its files. */
    private readonly rootfs: string,
    private readonly range: SourceRange,
  ) {}

  /** Where the command's output goes. */
  readonly progress: StepProgress = (event) => {
    if (event.kind === 'output') {
      this.#isRefused ||= REFUSED.test(event.text);
      this.#isMissing ||= MISSING.test(event.text);
    }
    this.context.progress(event);
  };

  /** Throws a BuildError where the kernel refused the command, or `said` tells so, because of its platform. */
  async check(said = ''): Promise<void> {
    const { floor, state } = this.context;
    const { os, architecture, variant } = state.config;
    if (architecture === floor.platform.architecture) return;
    const isRefused = this.#isRefused || REFUSED.test(said);
    if (!isRefused && !this.#isMissing && !MISSING.test(said)) return;
    const reason = await this.#reason(architecture, isRefused);
    if (reason === undefined) return;
    const [theirs, ours] = [formatPlatform({ os, architecture, variant }), formatPlatform(floor.platform)];
    throw new BuildError('unsupported', {
      code: 'platform-not-runnable',
      message: `commands of ${theirs} cannot run on this machine, which is ${ours}: ${reason}`,
      range: this.range,
      subject: theirs,
    });
  }

  /** What the kernel lacks; undefined where that is not the reason. */
  async #reason(architecture: string, isRefused: boolean): Promise<string | undefined> {
    const handler = handlerFor(architecture, (await binfmtHandlers()) ?? []);
    if (handler === undefined) return isRefused ? 'its kernel has no interpreter for them' : undefined;
    const { name, enabled, flags, interpreter } = handler;
    if (!enabled)
      return isRefused ? `its kernel has an interpreter for them, ${name}, but that is disabled` : undefined;
    if (isRefused || flags.includes('F') || (await isInRoot(this.rootfs, interpreter))) return undefined;
    return `its kernel looks for their interpreter, ${interpreter}, in the image, where it is not: ${name} was registered without the flag F`;
  }
}

async function isInRoot(root: string, path: string): Promise<boolean> {
  try {
    await access(await resolveInRoot(root, path));
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}
