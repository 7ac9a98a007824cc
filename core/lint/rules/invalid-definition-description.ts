import type { DocLine } from '../../dockerfile/ast.ts';
import type { Instruction } from '../../dockerfile/instructions.ts';
import { buildKitUrl, type Fix, type Rule } from '../rule.ts';

/** A comment right above ARG or a named stage that does not describe it as `# name description`. */
export const invalidDefinitionDescription: Rule = {
  id: 'invalid-definition-description',
  code: 'InvalidDefinitionDescription',
  title: 'Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`',
  aliases: [],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'Tools show the comment above an ARG or a stage as its description where it begins with the name.',
    bad: '# check=experimental=InvalidDefinitionDescription\n# the version of the base\nARG VERSION=13\nFROM debian:${VERSION}',
    good: '# check=experimental=InvalidDefinitionDescription\n# VERSION is the version of the base\nARG VERSION=13\nFROM debian:${VERSION}',
    fix: { does: 'Begins the comment with the name.', sameImage: true },
  },
  url: buildKitUrl('invalid-definition-description'),
  experimental: true,
  *check(context) {
    for (const instruction of context.dockerfile.instructions) {
      const { node } = instruction;
      const comment = node.docComment.at(-1);
      const names = definedNames(instruction);
      const [first] = names;
      if (comment === undefined || first === undefined || names.includes(comment.text.split(' ')[0] ?? '')) continue;
      const example = names.length > 1 ? '<arg_key>' : first;
      yield {
        message: `Comment for ${instruction.kind} should follow the format: \`# ${example} <description>\``,
        range: comment.range,
        at: node,
        fixes: names.length === 1 ? described(comment, first, context.lines[comment.range.start.line] ?? '') : [],
      };
    }
  },
};

function definedNames(instruction: Instruction): string[] {
  if (instruction.kind === 'ARG') return instruction.args.map(({ name }) => name.text);
  if (instruction.kind !== 'FROM' || instruction.stage === undefined) return [];
  return [instruction.stage.text.toLowerCase()];
}

/** Not of a comment that says something to a tool. A name in another case is written anew. */
function described({ text, range }: DocLine, name: string, line: string): Fix[] {
  if (/^(?:hadolint|shellcheck|check|syntax|escape)\b/i.test(text)) return [];
  const [first = ''] = text.split(' ');
  const character = line.indexOf(text, range.start.character + 1);
  const isName = first.toLowerCase() === name.toLowerCase();
  const start = { line: range.start.line, character };
  const end = { line: range.start.line, character: character + (isName ? first.length : 0) };
  return [{ title: `Begin with ${name}`, edits: [{ range: { start, end }, newText: isName ? name : `${name} ` }] }];
}
