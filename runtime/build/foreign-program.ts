import { formatPlatform } from '../../core/image/platform.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { BuildError } from './build-error.ts';
import type { StepProgress } from './builder.ts';
import type { StepContext } from './step-context.ts';

const REFUSED = /exec format error/i;

/**
 * Watches a command of another platform than the machine's: the kernel runs it where an interpreter is registered for its
 * programs (binfmt_misc), and else refuses it in words that do not say why.
 */
export class ForeignProgram {
  #isRefused = false;

  constructor(
    private readonly context: StepContext,
    private readonly range: SourceRange,
  ) {}

  /** Where the command's output goes. */
  readonly progress: StepProgress = (event) => {
    if (event.kind === 'output' && REFUSED.test(event.text)) this.#isRefused = true;
    this.context.progress(event);
  };

  /** Throws a BuildError where the kernel refused the command, or `said` tells so, because of its platform. */
  check(said = ''): void {
    const { floor, state } = this.context;
    const { os, architecture, variant } = state.config;
    if (architecture === floor.platform.architecture || !(this.#isRefused || REFUSED.test(said))) return;
    const [theirs, ours] = [formatPlatform({ os, architecture, variant }), formatPlatform(floor.platform)];
    throw new BuildError('unsupported', {
      code: 'platform-not-runnable',
      message: `commands of ${theirs} cannot run on this machine, which is ${ours}: its kernel has no interpreter for them`,
      range: this.range,
      subject: theirs,
    });
  }
}
