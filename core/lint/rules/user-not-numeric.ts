import type { Token } from '../../dockerfile/ast.ts';
import { flagValues, operands } from '../command-words.ts';
import { type Fix, hadolintRule } from '../rule.ts';
import type { RunCommand } from '../run-scripts.ts';
import { lineageOf, type Section } from '../sections.ts';
import { unquoted } from '../source-kind.ts';
import { isWindowsImage } from '../windows-image.ts';

/** A variable that says that it holds a number: the one of .NET's images is `$APP_UID`. */
const UID = /^\$\{?(?:\w+_)?(?:P?UID|USER_?ID)\b/i;

/** USER by name: hadolint's DL3066. */
export const userNotNumeric = hadolintRule(
  {
    id: 'user-not-numeric',
    code: 'DL3066',
    title: 'USER as a number needs nobody to look it up',
    severity: 'info',
    looksAt: ['FROM', 'ARG', 'ENV', 'USER', 'RUN', 'SHELL'],
    runs: ['useradd', 'adduser'],
    docs: {
      why: 'A host that has to make sure that an image does not run as root cannot tell from a name.',
      bad: 'FROM debian:13\nUSER app',
      good: 'FROM debian:13\nUSER 1000',
      fix: {
        does: 'Writes the number, where the Dockerfile itself tells it.',
        changes: 'the image names its user by number',
      },
    },
  },
  function* ({ dockerfile, sections, commands }) {
    const numbers = new Set<string>();
    const makers = [...commands.of('useradd', 'adduser')];
    const ofStages = sections.filter((section) => section.stage !== undefined);
    let stage = -1;
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind === 'FROM') stage++;
      if (instruction.kind === 'ARG') for (const { name } of instruction.args) numbers.add(name.text);
      if (instruction.kind === 'ENV') {
        for (const { name, value } of instruction.pairs) if (/^\d+$/.test(unquoted(value.text))) numbers.add(name.text);
      }
      if (instruction.kind !== 'USER' || instruction.user === undefined) continue;
      const { user, node } = instruction;
      const name = user.text.split(':', 1)[0] ?? '';
      if (
        /^\d*$/.test(name) ||
        UID.test(name) ||
        (name.includes('$') && [...numbers].some((each) => refersTo(name, each)))
      )
        continue;
      // Windows has no numbers for its users.
      if (isOfWindows(ofStages[stage])) continue;
      const own = makers
        .filter(({ script }) => script.stage === stage && script.outer.node.startLine < node.startLine)
        .map(({ command }) => command);
      yield {
        message: `${name} ${name.includes('$') ? 'may be' : 'is'} a name; only a number tells Kubernetes, without the image, that it is not root`,
        range: user.range,
        at: node,
        fixes: numbered(user, name, own),
      };
    }
  },
);

function isOfWindows(section: Section | undefined): boolean {
  return (
    section !== undefined &&
    lineageOf(section).some(({ from }) => isWindowsImage(from?.image?.text ?? '', from?.platform?.text))
  );
}

/** Options of useradd and adduser that take a value. */
const VALUED = (
  'b base-dir c comment d home-dir e expiredate f inactive g gid G groups k skel K key p password s shell u uid ' +
  'h home ingroup gecos'
).split(' ');

/** Root's, and what useradd or adduser of the stage is told by `-u`. */
function numbered({ text, range: { start } }: Token, name: string, makers: readonly RunCommand[]): Fix[] {
  if (!text.startsWith(name)) return [];
  const own = makers.filter((command) => operands(command, VALUED)[0]?.text === name);
  const uid = name === 'root' ? '0' : own.flatMap((command) => flagValues(command, 'u', 'uid')).at(-1);
  if (uid === undefined || !/^\d+$/.test(uid)) return [];
  const range = { start, end: { line: start.line, character: start.character + name.length } };
  return [{ title: `Change to ${uid}`, edits: [{ range, newText: uid }] }];
}

function refersTo(name: string, arg: string): boolean {
  return name.includes(`\${${arg}}`) || name.includes(`$${arg}`);
}
