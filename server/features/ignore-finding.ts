import type { Dockerfile } from '../../core/dockerfile/stages.ts';
import { parseCheckOptions } from '../../core/lint/check-options.ts';
import { type Complaint, RULES, type TextEdit } from '../../core/lint/lint.ts';
import { isBuildKits } from '../../core/lint/rule.ts';

/** A way to have a finding no more without mending it. */
export interface IgnoreEdit {
  readonly title: string;
  readonly edit: TextEdit;
}

/**
 * The comment that turns a rule off, each tool's own, which it understands, too: above the instruction, or for the whole
 * file where the rule looks at the whole file, or where a comment above the instruction would be a directive of the file.
 * Undefined where the file's `check` directive cannot be read.
 */
export function ignoreFinding(
  { code, lines }: Complaint,
  dockerfile: Dockerfile,
  text: string,
): IgnoreEdit | undefined {
  if (lines === undefined) return undefined;
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const insert = (line: number, comment: string): TextEdit => {
    const start = { line, character: 0 };
    return { range: { start, end: start }, newText: comment + end };
  };
  const forInstruction = `Ignore ${code} for this instruction`;
  const rule = RULES.find((each) => each.code === code);
  if (rule === undefined || !isBuildKits(rule))
    return { title: forInstruction, edit: insert(lines.start, `# hadolint ignore=${code}`) };
  const { directives } = dockerfile.syntax;
  const head = directives.length;
  const isWholeFile = rule.wholeFile === true;
  if (!isWholeFile && lines.start > head) {
    return { title: forInstruction, edit: insert(lines.start, `# check=skip=${code}`) };
  }
  const check = directives.find(({ name }) => name === 'check');
  const title = `Ignore ${code} in this file`;
  if (check === undefined) return { title, edit: insert(head, `# check=skip=${code}`) };
  const value = withSkipped(check.value.text, code);
  return value === undefined ? undefined : { title, edit: { range: check.value.range, newText: value } };
}

/** The value of a `check` directive with one more rule to skip. */
function withSkipped(value: string, code: string): string | undefined {
  const options = parseCheckOptions(value);
  if ('problem' in options) return undefined;
  if (options.skip.length === 0) return `skip=${code};${value}`;
  return value.replace(/(^|;)(\s*skip\s*=[^;]*?)(?=\s*(?:;|$))/, `$1$2,${code}`);
}
