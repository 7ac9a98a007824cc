import type { Dockerfile } from '../../core/dockerfile/stages.ts';
import { parseCheckOptions, parseHadolintPragma } from '../../core/lint/check-options.ts';
import { type Complaint, RULES, type TextEdit } from '../../core/lint/lint.ts';
import { isBuildKits } from '../../core/lint/rule.ts';
import { multipleInstructionsDisallowed } from '../../core/lint/rules/multiple-instructions-disallowed.ts';

/** A way to have a finding no more without mending it. */
export interface IgnoreEdit {
  readonly title: string;
  readonly edit: TextEdit;
}

/**
 * The comment that turns a rule off, each tool's own, which it understands, too: above the instruction, or for the whole
 * file where the rule looks at the whole file, or where a comment above the instruction would be a directive of the file.
 * A comment that turns others off is added to, as each tool reads one alone. Undefined where what it, or the file's `check`
 * directive, says cannot be read.
 */
export function ignoreFinding({ code, lines }: Complaint, dockerfile: Dockerfile): IgnoreEdit | undefined {
  if (lines === undefined) return undefined;
  const { directives, comments } = dockerfile.syntax;
  const line = code === multipleInstructionsDisallowed.code ? nextOfKind(dockerfile, lines.start) : lines.start;
  const rule = RULES.find((each) => each.code === code);
  const forInstruction = `Ignore ${code} for this instruction`;
  const inFile = `Ignore ${code} in this file`;
  const pragma = comments.find(
    ({ text, range }) => range.start.line === line - 1 && parseHadolintPragma(text)?.scope === 'instruction',
  );
  if (rule === undefined || !isBuildKits(rule)) {
    const edit = pragma
      ? { range: pragma.range, newText: withIgnored(pragma.text, code) }
      : lineAt(line, `# hadolint ignore=${code}`);
    return { title: forInstruction, edit };
  }
  const head = directives.length;
  if (rule.wholeFile !== true && line > head) {
    const node = dockerfile.syntax.instructions.find(({ startLine }) => startLine === line);
    const first = node?.docComment.find(({ text }) => /^check\s*=/i.test(text));
    // A comment of hadolint's counts right above the instruction only.
    if (first === undefined) {
      return { title: forInstruction, edit: lineAt(pragma ? line - 1 : line, `# check=skip=${code}`) };
    }
    const [, start = '', value = '', rest = ''] = /^(check\s*=\s*)(\S*)(.*)$/i.exec(first.text) ?? [];
    const more = withSkipped(value, code);
    if (more === undefined) return undefined;
    return { title: forInstruction, edit: { range: first.range, newText: `# ${start}${more}${rest}` } };
  }
  const check = directives.find(({ name }) => name === 'check');
  if (check === undefined) return { title: inFile, edit: lineAt(head, `# check=skip=${code}`) };
  const value = withSkipped(check.value.text, code);
  return value === undefined ? undefined : { title: inFile, edit: { range: check.value.range, newText: value } };
}

/** Where the next instruction of the same kind stands, which is the one that BuildKit judges. */
function nextOfKind({ stages }: Dockerfile, line: number): number {
  const below = stages.findLast(({ range }) => range.start.line <= line)?.instructions ?? [];
  const kind = below.find(({ node }) => node.startLine === line)?.kind;
  return below.find((each) => each.kind === kind && each.node.startLine > line)?.node.startLine ?? line;
}

function lineAt(line: number, text: string): TextEdit {
  const start = { line, character: 0 };
  return { range: { start, end: start }, newText: `${text}\n` };
}

/** A comment of hadolint's that turns one more rule off. */
function withIgnored(comment: string, code: string): string {
  return comment.replace(/(ignore\s*=[^#]*?)(?=\s*(?:#|$))/, `$1,${code}`);
}

/** The value of a `check` directive with one more rule to skip. */
function withSkipped(value: string, code: string): string | undefined {
  const options = parseCheckOptions(value);
  if ('problem' in options) return undefined;
  if (options.skip.length === 0) return `skip=${code};${value}`;
  return value.replace(/(^|;)(\s*skip\s*=[^;]*?)(?=\s*(?:;|$))/, `$1$2,${code}`);
}
