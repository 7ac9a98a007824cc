import type { InstructionNode, Token } from './ast.ts';
import type { CommandLine } from './instructions.ts';
import { subToken } from './joined-line.ts';

/** Reads the arguments as a command: a JSON array's words, or a text for the shell. */
export function readCommand({ json, keyword }: InstructionNode, args: readonly Token[]): CommandLine {
  if (json) return { form: 'exec', words: args };
  return { form: 'shell', text: args[0] ?? subToken(keyword, keyword.text.length, keyword.text.length) };
}
