import type { EnvInstruction, Pair } from '../../dockerfile/instructions.ts';
import { type Fix, hadolintRule } from '../rule.ts';

/** ENV that uses what it defines in the same line: hadolint's DL3044. */
export const envRefersToItself = hadolintRule(
  {
    id: 'env-refers-to-itself',
    code: 'DL3044',
    title: 'ENV cannot use what it defines itself',
    severity: 'error',
    looksAt: ['ARG', 'ENV'],
    docs: {
      why: 'All values of one ENV are expanded before any of its names is set: the variable is empty, or has its old value.',
      bad: 'FROM debian:13\nENV ROOT=/opt BIN=$ROOT/bin',
      good: 'FROM debian:13\nENV ROOT=/opt\nENV BIN=$ROOT/bin',
      fix: {
        does: 'Begins an ENV of its own with what uses the variable.',
        changes: 'the variable has the value that this line gives it',
      },
    },
  },
  function* ({ dockerfile }) {
    const known = new Set<string>();
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind === 'ARG') for (const { name } of instruction.args) known.add(name.text);
      if (instruction.kind !== 'ENV') continue;
      const { pairs, node } = instruction;
      for (const [index, { name }] of pairs.entries()) {
        if (known.has(name.text)) continue;
        const user = pairs.find(({ value }, other) => other !== index && refersTo(value.text, name.text));
        if (user === undefined) continue;
        yield {
          message: `${name.text} has no value yet: this ENV defines it`,
          range: user.value.range,
          at: node,
          fixes: split(instruction, index, user),
        };
      }
      for (const { name } of pairs) known.add(name.text);
    }
  },
);

function refersTo(value: string, name: string): boolean {
  if (!/^\w+$/.test(name)) return false;
  return new RegExp(`\\$(?:\\{${name}\\}|${name}(?!\\w))`).test(value);
}

/** Where the use stands behind the definition. */
function split({ pairs, node }: EnvInstruction, defined: number, user: Pair): Fix[] {
  const at = pairs.indexOf(user);
  const before = pairs[at - 1];
  if (at < defined || before === undefined) return [];
  const range = { start: before.value.range.end, end: user.name.range.start };
  const newText = `\n${node.keyword.text} `;
  return [{ title: `Set ${user.name.text} in an ENV of its own`, edits: [{ range, newText }] }];
}
