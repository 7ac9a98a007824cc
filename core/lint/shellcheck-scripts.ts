import type { InstructionNode, Token } from '../dockerfile/ast.ts';
import { heredocShell } from '../dockerfile/heredoc-shell.ts';
import { heredocToken } from '../dockerfile/heredoc-token.ts';
import type { Instruction } from '../dockerfile/instructions.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import { isPosixShell, ScriptShells } from './script-shell.ts';

/** A script of a RUN, as ShellCheck gets it. */
export interface CheckedScript {
  /** With its head. */
  readonly text: string;
  /** Says which shell reads it, and which variables it has. */
  readonly head: string;
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

/** The scripts that ShellCheck can read: those of shells of Unix, in shell form or in heredocs that a shell gets. */
export function shellCheckScripts(dockerfile: Dockerfile): CheckedScript[] {
  const shells = new ScriptShells(dockerfile);
  const scripts: CheckedScript[] = [];
  const ofStage = new Map<string, Exports>();
  let variables = new Exports(PROXIES);
  let stage: string | undefined;
  for (const outer of dockerfile.instructions) {
    if (outer.kind === 'FROM') {
      if (stage !== undefined) ofStage.set(stage, variables);
      variables = new Exports(ofStage.get(outer.image?.text.toLowerCase() ?? '') ?? PROXIES);
      stage = outer.stage?.text.toLowerCase();
    }
    for (const name of namesOf(outer)) variables.add(name);
    const shell = shells.through(outer);
    const run = outer.kind === 'ONBUILD' ? outer.trigger : outer;
    if (run?.kind !== 'RUN' || run.command.form !== 'shell') continue;
    if (!isPosixShell(shell)) continue;
    const { text } = run.command;
    const { heredocs } = run.node;
    const [own = '/bin/sh'] = shell;
    if (heredocs.length === 0) scripts.push(withHead(text, own, variables, outer.node));
    for (const heredoc of heredocs) {
      const reader = heredocShell(heredoc, text.text);
      if (reader === undefined) continue;
      scripts.push(withHead(heredocToken(heredoc), reader === '' ? own : `/bin/${reader}`, variables, outer.node));
    }
  }
  return scripts;
}

/** The variables of a stage, as lines that give them to a script. */
class Exports implements Iterable<string> {
  private readonly names = new Set<string>();
  lines = '';
  count = 0;

  constructor(names: Iterable<string>) {
    for (const name of names) this.add(name);
  }

  add(name: string): void {
    if (this.names.has(name)) return;
    this.names.add(name);
    if (!/^[A-Za-z_]\w*$/.test(name)) return;
    this.lines += `\nexport ${name}=1`;
    this.count++;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.names.values();
  }
}

function namesOf(instruction: Instruction): string[] {
  if (instruction.kind === 'ARG') return instruction.args.map(({ name }) => name.text);
  return instruction.kind === 'ENV' ? instruction.pairs.map(({ name }) => name.text) : [];
}

function withHead(token: Token, shell: string, { lines, count }: Exports, at: InstructionNode): CheckedScript {
  const head = `#!${shell}${lines}`;
  return {
    head,
    headLines: count + 1,
    token,
    at,
    get text() {
      return `${head}\n${token.text}`;
    },
  };
}
