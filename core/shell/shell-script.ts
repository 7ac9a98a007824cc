import type { ParseShell, ShellNode } from './shell-node.ts';
import { type ShellWord, shellWord } from './shell-word.ts';
import { wrappedCommand } from './wrapped-command.ts';

/** One simple command. */
export interface ShellCommand {
  /** The program first. */
  readonly words: readonly ShellWord[];
  /** Variables that are set for it alone, before its name. */
  readonly assignments: readonly ShellWord[];
  /** Whether another command that stands in the list starts it: `apt-get` of `sudo apt-get`. */
  readonly wrapped: boolean;
}

/** What rules ask of a shell script. */
export interface ShellScript {
  readonly tree: ShellNode;
  /** In the order of the text, those in substitutions and subshells included. */
  readonly commands: readonly ShellCommand[];
  /** Offset of the first `|` between two commands. */
  readonly pipe?: number;
}

/** Longer scripts are not read: nobody writes them by hand. */
const LONGEST = 1 << 18;
const NOTHING: ShellScript = { tree: { type: 'program', named: true, start: 0, end: 0, children: [] }, commands: [] };

/** Reads shell scripts, and remembers what it read last as long as there is room. */
export class ShellReader {
  /** What was read or asked for since there was no room the last time; the rest goes the next time. */
  private fresh = new Map<string, ShellScript>();
  private stale = new Map<string, ShellScript>();
  private size = 0;

  /** `room`: how many characters of scripts are remembered. */
  constructor(
    private readonly parse: ParseShell,
    private readonly room = 1 << 18,
  ) {}

  read(script: string): ShellScript {
    const known = this.fresh.get(script);
    if (known) return known;
    if (script.length > LONGEST) return NOTHING;
    const read = this.stale.get(script) ?? readScript(this.parse(script), script);
    if (this.size + script.length > this.room / 2) {
      this.stale = this.fresh;
      this.fresh = new Map();
      this.size = 0;
    }
    this.fresh.set(script, read);
    this.size += script.length;
    return read;
  }
}

interface Gathered {
  readonly commands: { words: ShellWord[]; assignments: ShellWord[] }[];
  pipe: number | undefined;
}

function readScript(tree: ShellNode, script: string): ShellScript {
  const gathered: Gathered = { commands: [], pipe: undefined };
  visit(tree, script, gathered);
  const commands = gathered.commands.flatMap(({ words, assignments }) => withWrapped(words, assignments));
  return { tree, commands, ...(gathered.pipe !== undefined && { pipe: gathered.pipe }) };
}

function withWrapped(words: readonly ShellWord[], assignments: readonly ShellWord[]): ShellCommand[] {
  const commands: ShellCommand[] = [{ words, assignments, wrapped: false }];
  for (let inner = wrappedCommand(words); inner?.[0]?.literal; inner = wrappedCommand(inner)) {
    commands.push({ words: inner, assignments, wrapped: true });
  }
  return commands;
}

function visit(node: ShellNode, script: string, gathered: Gathered): void {
  if (node.type === 'command' || node.type === 'declaration_command' || node.type === 'unset_command') {
    addCommand(node, script, gathered);
  } else if (node.type === 'pipeline') {
    const pipe = node.children.find(({ type }) => type === '|' || type === '|&');
    gathered.pipe = Math.min(gathered.pipe ?? Number.POSITIVE_INFINITY, pipe?.start ?? node.start);
  }
  const last = gathered.commands.length;
  for (const child of node.children) visit(child, script, gathered);
  if (node.type === 'redirected_statement') addBehindRedirects(node, script, gathered, last);
}

const NO_WORDS: ReadonlySet<string> = new Set([
  'file_redirect',
  'heredoc_redirect',
  'herestring_redirect',
  'heredoc_body',
  'ERROR',
]);

function addCommand({ type, children }: ShellNode, script: string, { commands }: Gathered): void {
  const words: ShellWord[] = [];
  const assignments: ShellWord[] = [];
  for (const child of children) {
    if (NO_WORDS.has(child.type)) continue;
    if (type === 'command' && !child.named) continue;
    const isAssignment = type === 'command' && child.type === 'variable_assignment' && words.length === 0;
    (isAssignment ? assignments : words).push(shellWord(child, script));
  }
  if (words[0]?.literal) commands.push({ words, assignments });
}

/** `a > b c`: c is a word of a. The grammar makes it another place to write to. */
function addBehindRedirects(node: ShellNode, script: string, { commands }: Gathered, first: number): void {
  const [body] = node.children;
  const command = commands.findLast(({ words }, index) => index >= first && (words[0]?.start ?? 0) < (body?.end ?? 0));
  if (command === undefined) return;
  for (const redirect of node.children) {
    const named = redirect.children.filter((child) => child.named && child.type !== 'file_descriptor');
    if (redirect.type === 'file_redirect') {
      for (const child of named.slice(1)) command.words.push(shellWord(child, script));
    }
  }
}
