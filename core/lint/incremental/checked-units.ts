import type { Instruction } from '../../dockerfile/instructions.ts';
import type { FileContext } from '../file-context.ts';
import { ofShellCheck } from '../shellcheck-comments.ts';
import { type CheckedScript, shellCheckScripts } from '../shellcheck-scripts.ts';
import type { Suppression } from '../suppression.ts';
import { movedFinding } from './moved-finding.ts';
import { placed, type Unit } from './unit.ts';

/** What ShellCheck says of the scripts of one version, instruction by instruction. */
export class CheckedUnits {
  private readonly byLine = new Map<number, CheckedScript[]>();

  constructor(
    private readonly context: FileContext,
    private readonly suppression: Suppression,
  ) {
    if (context.options.shellCheck === undefined) return;
    for (const script of shellCheckScripts(context.dockerfile)) {
      const others = this.byLine.get(script.at.startLine);
      if (others) others.push(script);
      else this.byLine.set(script.at.startLine, [script]);
    }
  }

  /** Whether it was asked about none. */
  get isEmpty(): boolean {
    return this.byLine.size === 0;
  }

  /** Whether an instruction that did not change has the same said of it as before. */
  isSame({ instruction, shellCheck }: Unit): boolean {
    const scripts = this.byLine.get(instruction.node.startLine);
    return scripts === undefined ? shellCheck === undefined : headsOf(scripts) === shellCheck?.heads;
  }

  /** `known`: the same instruction in an earlier version, where what was found there holds. */
  of(instruction: Instruction, known: Unit | undefined): Unit['shellCheck'] {
    const scripts = this.byLine.get(instruction.node.startLine);
    if (scripts === undefined) return undefined;
    const heads = headsOf(scripts);
    const before = known?.shellCheck;
    if (known && before?.heads === heads) return { heads, findings: placed(before.findings, known, instruction) };
    const comments = scripts.map((script) => this.context.options.shellCheck?.(script));
    const findings = scripts.flatMap((script, index) =>
      ofShellCheck(script, comments[index] ?? []).flatMap(
        (finding) => this.suppression.ofOthers(movedFinding(finding, 0), script.at) ?? [],
      ),
    );
    // What was not asked yet may be said of the very same scripts later.
    return { heads: comments.includes(undefined) ? '' : heads, findings };
  }
}

function headsOf(scripts: readonly CheckedScript[]): string {
  return scripts.map(({ head }) => head).join('\0');
}
