import { hadolintRule } from '../rule.ts';

/** USER by name: hadolint's DL3066. */
export const userNotNumeric = hadolintRule(
  {
    id: 'user-not-numeric',
    code: 'DL3066',
    title: 'USER as a number needs nobody to look it up',
    severity: 'info',
    docs: {
      why: 'A host that has to make sure that an image does not run as root cannot tell from a name.',
      bad: 'FROM debian:13\nUSER app',
      good: 'FROM debian:13\nUSER 1000',
    },
  },
  function* ({ dockerfile }) {
    const args = new Set<string>();
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind === 'ARG') for (const { name } of instruction.args) args.add(name.text);
      if (instruction.kind !== 'USER' || instruction.user === undefined) continue;
      const { user, node } = instruction;
      const name = user.text.split(':', 1)[0] ?? '';
      if (/^\d*$/.test(name) || (name.includes('$') && [...args].some((arg) => refersTo(name, arg)))) continue;
      yield { message: `${name} is a name; a number says without the image who that is`, range: user.range, at: node };
    }
  },
);

function refersTo(name: string, arg: string): boolean {
  return name.includes(`\${${arg}}`) || name.includes(`$${arg}`);
}
