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
    asksOfImages: true,
    docs: {
      why: 'Neither docker run -P nor those who read the image know of the port.',
      bad: 'FROM node:24\nENV PORT=3000\nCMD ["node", "server.js"]',
      good: 'FROM node:24\nENV PORT=3000\nEXPOSE 3000\nCMD ["node", "server.js"]',
      fix: { does: 'Adds EXPOSE.', changes: 'the image names the port' },
    },
  },
  function* (context) {
    const { sections, options } = context;
    const section = sections.at(-1);
    if (section?.from === undefined) return;
    const lineage = lineageOf(section);
    const image = lineage.at(-1)?.stage?.image?.value;
    const exposed = [
      ...lineage
        .flatMap(({ instructions }) => instructions)
        .flatMap((each) => (each.kind === 'EXPOSE' ? each.ports.map(({ text }) => text) : [])),
      ...((image !== undefined && options.baseOf?.(image)?.exposedPorts) || []),
    ];
    if (exposed.some((text) => text.includes('$') || text.includes('-'))) return;
    for (const instruction of section.instructions) {
      const found = portOf(instruction);
      if (found === undefined || exposed.some((text) => new RegExp(`(?:^|:)${found.port}(?:/|$)`).test(text))) continue;
      const { node } = instruction;
      const line = { line: node.startLine, character: 0 };
      const indent = /^\s*/.exec(context.lines[node.startLine] ?? '')?.[0] ?? '';
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
  const words =
    command.form === 'exec'
      ? command.words
      : command.text.text.split(/\s+/).map((text) => ({ text, range: command.text.range }));
  for (const [index, { text, range }] of words.entries()) {
    const [flag = '', value] =
      text.startsWith('--') && text.includes('=') ? splitFlag(text) : [words[index - 1]?.text, text];
    const port = portOfWord(flag, value ?? '');
    if (port !== undefined) return { port, range };
  }
  return undefined;
}

function splitFlag(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Of `--port 80`, `--bind :80`, and of an address of every interface wherever it stands. */
function portOfWord(flag: string, value: string): string | undefined {
  if (flag === '--port') return /^\d{2,5}$/.exec(value)?.[0];
  const everywhere = /^(?:[a-z]+:\/\/)?(?:0\.0\.0\.0|\[::\]):(\d{2,5})$/.exec(value)?.[1];
  if (everywhere !== undefined || !/^(?:-b|--bind|--listen|--addr)$/.test(flag)) return everywhere;
  return /^:?(\d{2,5})$/.exec(value)?.[1];
}
