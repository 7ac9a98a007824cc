import type { Token } from '../../../core/dockerfile/ast.ts';
import { type ShellToken, shellTokens } from '../../../core/dockerfile/shell-tokens.ts';

/** A script as commands that operators join, by offsets. */
export interface ShellList {
  readonly script: string;
  /** Without blanks around them. */
  readonly commands: readonly { readonly start: number; readonly end: number }[];
  /** What stands between them, and behind the last one where something does: `&&`, `||`, `;`, `&`. */
  readonly joints: readonly string[];
  /** The same within parentheses and command substitutions. */
  readonly nested: readonly string[];
  /** Whether it has `if`, `{` or another word of the shell's own syntax. */
  readonly hasKeywords: boolean;
  readonly hasComment: boolean;
  /** Whether all parentheses are closed. */
  readonly isWhole: boolean;
  /** Whether it changes its shell: variables, the folder, options. */
  readonly changesShell: boolean;
  readonly tokens: readonly ShellToken[];
}

const JOINT = /^(?:&&|\|\||;+&?|&)$/;
/** Commands that change the shell that they run in, or end it. */
const CHANGES_SHELL = new Set(
  (
    '. alias break builtin cd command continue declare enable eval exec exit export getopts hash local popd pushd read ' +
    'readonly return set shift shopt source trap typeset ulimit umask unalias unset'
  ).split(' '),
);

/** Splits a script at the operators that join its commands; pipes stay together. */
export function shellList(script: string): ShellList {
  const tokens = shellTokens(script);
  const commands: { start: number; end: number }[] = [];
  const joints: string[] = [];
  const nested: string[] = [];
  const closers: string[] = [];
  let start = 0;
  let changesShell = false;
  let assigns = false;
  for (const { kind, start: from, end } of tokens) {
    const text = script.slice(from, end);
    const isTop = closers.length === 0;
    if (isTop && kind === 'command') {
      assigns = false;
      changesShell ||= CHANGES_SHELL.has(text);
    } else if (isTop && kind === 'assignment') assigns = true;
    if (kind !== 'operator') continue;
    // What a function does is not looked at.
    if (/^\(\s*\)/.test(script.slice(from))) changesShell = true;
    if (text === closers.at(-1)) closers.pop();
    else if (text === '(' || text === '$(') closers.push(')');
    else if (text === '`') closers.push('`');
    else if (JOINT.test(text)) {
      if (!isTop) nested.push(text);
      else {
        commands.push(trimmed(script, start, from));
        joints.push(text);
        start = end;
        changesShell ||= assigns;
        assigns = false;
      }
    }
  }
  const last = trimmed(script, start, script.length);
  if (last.end > last.start) commands.push(last);
  return {
    script,
    commands,
    joints,
    nested,
    hasKeywords: tokens.some(({ kind, start: from, end }) => kind === 'keyword' && script.slice(from, end) !== 'time'),
    hasComment: tokens.some(({ kind }) => kind === 'comment'),
    isWhole: closers.length === 0,
    changesShell: changesShell || assigns,
    tokens,
  };
}

interface Lines {
  readonly start: number;
  readonly end: number;
  /** What stands between lines instead of the blanks there. */
  readonly by: string;
}

/** A part of a script that has several lines in the Dockerfile; strings are left as they are. */
export function joinedLines({ text, breaks = [] }: Token, { tokens }: ShellList, { start, end, by }: Lines): string {
  let result = '';
  let done = start;
  for (const { offset } of breaks) {
    if (offset <= start || offset >= end) continue;
    const isInside = tokens.some(
      (each) => (each.kind === 'string' || each.kind === 'variable') && each.start < offset && offset < each.end,
    );
    const before = text.slice(done, offset);
    const head = before.trimEnd();
    const after = /^\s*/.exec(text.slice(offset, end))?.[0].length ?? 0;
    if (isInside || head.endsWith('\\') || (head === before && after === 0)) continue;
    result += head + by;
    done = offset + after;
  }
  return result + text.slice(done, end);
}

function trimmed(script: string, start: number, end: number): { start: number; end: number } {
  const text = script.slice(start, end);
  const from = start + text.length - text.trimStart().length;
  return { start: from, end: Math.max(from, start + text.trimEnd().length) };
}
