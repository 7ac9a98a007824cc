import type { Range } from '../../dockerfile/ast.ts';
import type { CommandLine, Instruction } from '../../dockerfile/instructions.ts';
import { ownRule } from '../rule.ts';
import { lineageOf } from '../sections.ts';
import { unquoted } from '../source-kind.ts';

/** A port that the image is told to listen on, and that no EXPOSE names. */
export const portNotExposed = ownRule(
  {
    id: 'port-not-exposed',
    title: 'Ports that the image listens on should be exposed',
    severity: 'style',
    looksAt: ['FROM', 'ARG', 'ENV', 'EXPOSE', 'CMD', 'ENTRYPOINT'],
    docs: {
      why: 'Neither docker run -P nor those who read the image know of the port.',
      bad: 'FROM node:24\nENV PORT=3000\nCMD ["node", "server.js"]',
      good: 'FROM node:24\nENV PORT=3000\nEXPOSE 3000\nCMD ["node", "server.js"]',
      fix: { does: 'Adds EXPOSE.', changes: 'the image names the port' },
    },
  },
  function* ({ sections, lines }) {
    const section = sections.at(-1);
    if (section?.from === undefined) return;
    const all = lineageOf(section).flatMap(({ instructions }) => instructions);
    const exposed = all.flatMap((each) => (each.kind === 'EXPOSE' ? each.ports.map(({ text }) => text) : []));
    if (exposed.some((text) => text.includes('$') || text.includes('-'))) return;
    for (const instruction of section.instructions) {
      const found = portOf(instruction);
      if (found === undefined || exposed.some((text) => new RegExp(`(?:^|:)${found.port}(?:/|$)`).test(text))) continue;
      const { node } = instruction;
      const line = { line: node.startLine, character: 0 };
      const indent = /^\s*/.exec(lines[node.startLine] ?? '')?.[0] ?? '';
      const isComment = node.docComment.length > 0;
      yield {
        message: `The image is told to listen on ${found.port}, but does not expose it`,
        range: found.range,
        at: node,
        fixes: isComment
          ? []
          : [
              {
                title: `Add EXPOSE ${found.port}`,
                edits: [{ range: { start: line, end: line }, newText: `${indent}EXPOSE ${found.port}\n` }],
              },
            ],
      };
      return;
    }
  },
);

function portOf(instruction: Instruction): { readonly port: string; readonly range: Range } | undefined {
  if (instruction.kind === 'ENV') {
    const pair = instruction.pairs.find(
      ({ name, value }) => name.text === 'PORT' && /^["']?\d{2,5}["']?$/.test(value.text),
    );
    return pair && { port: unquoted(pair.value.text), range: pair.value.range };
  }
  if (instruction.kind !== 'CMD' && instruction.kind !== 'ENTRYPOINT') return undefined;
  return portOfCommand(instruction.command);
}

function portOfCommand(command: CommandLine): { readonly port: string; readonly range: Range } | undefined {
  if (command.form === 'shell') {
    const port = /(?:^|\s)--port[= ](\d{2,5})(?:\s|$)/.exec(command.text.text)?.[1];
    return port === undefined ? undefined : { port, range: command.text.range };
  }
  for (const [index, word] of command.words.entries()) {
    const inline = /^--port=(\d{2,5})$/.exec(word.text)?.[1];
    if (inline !== undefined) return { port: inline, range: word.range };
    const before = command.words[index - 1]?.text;
    if (before === '--port' && /^\d{2,5}$/.test(word.text)) return { port: word.text, range: word.range };
  }
  return undefined;
}
