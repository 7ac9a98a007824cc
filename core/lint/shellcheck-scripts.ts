import type { InstructionNode, Token } from '../dockerfile/ast.ts';
import { heredocToken } from '../dockerfile/heredoc-token.ts';
import type { Instruction } from '../dockerfile/instructions.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import { isScript } from './run-scripts.ts';
import { isPosixShell, scriptShells } from './script-shell.ts';

/** A script of a RUN, as ShellCheck gets it. */
export interface CheckedScript {
  /** With a head that says which shell reads it, and which variables it has. */
  readonly text: string;
  /** Lines of the head. */
  readonly headLines: number;
  /** What stands below the head. */
  readonly token: Token;
  /** The instruction whose comment can turn findings off. */
  readonly at: InstructionNode;
}

/** Variables that every RUN may have (Dockerfile reference, predefined ARGs). */
const PROXIES = [
  'HTTP_PROXY',
  'http_proxy',
  'HTTPS_PROXY',
  'https_proxy',
  'FTP_PROXY',
  'ftp_proxy',
  'NO_PROXY',
  'no_proxy',
];
const SHEBANG = /^#!\s*(?:\/usr\/bin\/env\s+)?(?:\S*\/)?(sh|bash|ksh|dash|ash)\b/;

/** The scripts that ShellCheck can read: those of shells of Unix, in shell form or in heredocs that a shell gets. */
export function shellCheckScripts(dockerfile: Dockerfile): CheckedScript[] {
  const shells = scriptShells(dockerfile);
  const scripts: CheckedScript[] = [];
  const ofStage = new Map<string, ReadonlySet<string>>();
  let names = new Set(PROXIES);
  let stage: string | undefined;
  for (const outer of dockerfile.instructions) {
    if (outer.kind === 'FROM') {
      names = new Set(ofStage.get(outer.image?.text.toLowerCase() ?? '') ?? PROXIES);
      stage = outer.stage?.text.toLowerCase();
    }
    for (const name of namesOf(outer)) names.add(name);
    if (stage !== undefined) ofStage.set(stage, new Set(names));
    const run = outer.kind === 'ONBUILD' ? outer.trigger : outer;
    if (run?.kind !== 'RUN' || run.command.form !== 'shell') continue;
    const shell = shells.get(outer) ?? [];
    if (!isPosixShell(shell)) continue;
    const { text } = run.command;
    const { heredocs } = run.node;
    const parts =
      heredocs.length === 0 ? [text] : heredocs.filter((each) => isScript(each, text.text)).map(heredocToken);
    for (const part of parts) scripts.push(withHead(part, shell[0] ?? '/bin/sh', names, outer.node));
  }
  return scripts;
}

function namesOf(instruction: Instruction): string[] {
  if (instruction.kind === 'ARG') return instruction.args.map(({ name }) => name.text);
  return instruction.kind === 'ENV' ? instruction.pairs.map(({ name }) => name.text) : [];
}

function withHead(token: Token, shell: string, names: ReadonlySet<string>, at: InstructionNode): CheckedScript {
  const own = SHEBANG.exec(token.text)?.[1];
  const exports = [...names].filter((name) => /^[A-Za-z_]\w*$/.test(name)).map((name) => `export ${name}=1`);
  const head = [`#!${own === undefined ? shell : `/bin/${own}`}`, ...exports];
  return { text: `${head.join('\n')}\n${token.text}`, headLines: head.length, token, at };
}
