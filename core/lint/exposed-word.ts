import type { InstructionNode, Range, Token } from '../dockerfile/ast.ts';
import type { Step } from './stage-steps.ts';

/** One port of an EXPOSE, split as BuildKit splits it. */
export interface ExposedWord {
  /** Variables expanded. */
  readonly text: string;
  readonly protocol: string;
  readonly port: string;
  /** An IP address or a host port stands before the port. */
  readonly hasHostPart: boolean;
  readonly range: Range;
  /** Where the word stands exactly as it is in the source. */
  readonly literal?: Token;
  readonly at: InstructionNode;
}

/** The ports of every EXPOSE, up to one whose protocol is none: BuildKit stops there. */
export function exposedWords(steps: readonly Step[]): ExposedWord[] {
  const found: ExposedWord[] = [];
  for (const { instruction, words, at, triggered } of steps) {
    if (instruction.kind !== 'EXPOSE') continue;
    for (const { token, expansion } of words) {
      for (const text of expansion.words) {
        const parts = split(text);
        if (parts === undefined) continue;
        const literal = !triggered && token.text === text ? token : undefined;
        const range = triggered ? at.range : token.range;
        found.push({ text, ...parts, range, at, ...(literal && { literal }) });
      }
    }
  }
  return found;
}

function split(text: string): Pick<ExposedWord, 'protocol' | 'port' | 'hasHostPart'> | undefined {
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const slash = last.indexOf('/');
  const port = slash === -1 ? last : last.slice(0, slash);
  const protocol = slash === -1 ? '' : last.slice(slash + 1);
  if (port === '' || !/^(?:tcp|udp|sctp)?$/i.test(protocol)) return undefined;
  return { protocol, port, hasHostPart: parts.slice(0, -1).some((part) => part !== '') };
}
