import type { Token } from '../../dockerfile/ast.ts';
import type { Instruction } from '../../dockerfile/instructions.ts';
import { ownRule } from '../rule.ts';

/** `['a', 'b']`, which is no JSON: the shell gets it, brackets and all. */
export const jsonSingleQuotes = ownRule(
  {
    id: 'json-single-quotes',
    title: 'JSON arrays have double quotes',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'With single quotes it is no JSON, so that a shell looks for a program called [.',
      bad: "FROM debian:13\nCMD ['app', '--now']",
      good: 'FROM debian:13\nCMD ["app", "--now"]',
      fix: { does: 'Changes the quotes.', changes: 'the words are run without a shell, as was meant' },
    },
  },
  function* ({ dockerfile }) {
    for (const outer of dockerfile.instructions) {
      const text = shellText(outer.kind === 'ONBUILD' ? (outer.trigger ?? outer) : outer);
      if (text === undefined || !/^\[\s*'[^']*'\s*(?:,\s*'[^']*'\s*)*\]$/.test(text.text)) continue;
      const newText = text.text.replace(/'([^']*)'/g, (_, word: string) => JSON.stringify(word));
      const isPlain = text.range.start.line === text.range.end.line;
      yield {
        message: 'This is no JSON array: it takes double quotes',
        range: text.range,
        at: outer.node,
        fixes: isPlain ? [{ title: `Change to ${newText}`, edits: [{ range: text.range, newText }] }] : [],
      };
    }
  },
);

function shellText(instruction: Instruction): Token | undefined {
  switch (instruction.kind) {
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'SHELL':
    case 'HEALTHCHECK':
      return instruction.command?.form === 'shell' ? instruction.command.text : undefined;
    case 'COPY':
    case 'ADD':
    case 'VOLUME':
      return instruction.node.json ? undefined : instruction.node.rest;
    default:
      return undefined;
  }
}
