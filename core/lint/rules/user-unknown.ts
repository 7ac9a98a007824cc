import type { InstructionNode } from '../../dockerfile/ast.ts';
import type { Expansion } from '../../dockerfile/expand.ts';
import type { Instruction, RunInstruction } from '../../dockerfile/instructions.ts';
import { parseReference } from '../../image/reference.ts';
import { lineAbove } from '../instruction-edits.ts';
import { changesNothing } from '../known-effects.ts';
import type { LintOptions } from '../lint-options.ts';
import { accountMadeBy } from '../made-accounts.ts';
import { type Fix, ownRule, type RuleContext } from '../rule.ts';
import type { RunCommand } from '../run-scripts.ts';
import { hasKind, lineageOf, type Section } from '../sections.ts';

const SYSTEM =
  'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody _apt operator sshd adm ' +
  'shutdown halt postmaster cron ftp guest ntp svn cyrus squid xfs vpopmail smmsp at systemd-network ubuntu';
/** Images whose users are known; of scratch there are none. */
const USERS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['scratch', new Set<string>()],
  ...['debian', 'ubuntu', 'alpine', 'busybox'].map((name) => [name, new Set(SYSTEM.split(' '))] as const),
]);

/** USER by a name that nobody has given. */
export const userUnknown = ownRule(
  {
    id: 'user-unknown',
    title: 'USER should name a user that the image has',
    severity: 'warning',
    docs: {
      why: 'A RUN below it fails, and so does every container: there is no such user in /etc/passwd.',
      bad: 'FROM alpine:3.22\nUSER app',
      good: 'FROM alpine:3.22\nRUN adduser -D app\nUSER app',
      fix: { does: 'Makes the user above.', changes: 'the image has one user more' },
    },
  },
  function* (context) {
    for (const section of context.sections) {
      if (!hasKind(section, 'USER')) continue;
      const lineage = lineageOf(section);
      const image = lineage.at(-1)?.stage?.image;
      const users = image === undefined ? undefined : usersOf(image, context.options);
      if (users === undefined) continue;
      for (const instruction of section.instructions) {
        if (instruction.kind !== 'USER' || instruction.user === undefined) continue;
        const name = instruction.user.text.split(':', 1)[0] ?? '';
        if (!/^[a-z_][\w-]*$/i.test(name) || users.has(name) || mayMake(name, lineage, context, instruction)) continue;
        yield {
          message: `There is no user ${name} in this image: nothing above makes one`,
          range: instruction.user.range,
          at: instruction.node,
          fixes: madeAbove(image && repositoryOf(image), instruction.node, name, lineage),
        };
      }
    }
  },
);

/** As the engine says that has the image, else as is usual. */
function usersOf(image: Expansion, { baseOf }: LintOptions): ReadonlySet<string> | undefined {
  const users = image.value === 'scratch' ? undefined : baseOf?.(image.value)?.users;
  return users === undefined ? USERS.get(repositoryOf(image)) : new Set(users);
}

const REPOSITORIES = new WeakMap<Expansion, string>();

/** Of an official image, or scratch; '' of others. */
function repositoryOf(image: Expansion): string {
  const known = REPOSITORIES.get(image) ?? repositoryIn(image.value);
  REPOSITORIES.set(image, known);
  return known;
}

function repositoryIn(image: string): string {
  if (image === 'scratch') return image;
  const parsed = parseReference(image);
  if (!parsed.ok || parsed.reference.domain !== 'docker.io') return '';
  return parsed.reference.path.replace(/^library\//, '');
}

/** Whether something above may bring a user of that name: a command, a package, a file of /etc. */
function mayMake(name: string, lineage: readonly Section[], { scripts }: RuleContext, user: Instruction): boolean {
  const stages = new Set(lineage.map(({ stage }) => stage?.stage.index));
  const runs = scripts.some(
    ({ stage, run, commands }) =>
      stages.has(stage) && run.node.startLine < user.node.startLine && !makesOthers(name, run, commands),
  );
  const copies = lineage.some(({ instructions }) =>
    instructions.some(
      (each) =>
        (each.kind === 'COPY' || each.kind === 'ADD') &&
        /^["']?(?:\.?\/?|\.?\/?etc(?:\/.*)?)["']?$/.test(each.destination?.text ?? ''),
    ),
  );
  return runs || copies;
}

/** Packages bring users of their own, and so may whatever is not known. */
function makesOthers(name: string, { node }: RunInstruction, commands: readonly RunCommand[]): boolean {
  return (
    node.heredocs.length === 0 &&
    commands.length > 0 &&
    commands.every((command) => changesNothing(command) || makesOther(name, command)) &&
    !node.args.some(({ text }) => text.includes('/etc'))
  );
}

function makesOther(name: string, { words }: RunCommand): boolean {
  const account = accountMadeBy(words);
  return account !== undefined && (account.kind === 'group' || account.name !== name);
}

const MAKERS: Readonly<Record<string, string>> = {
  alpine: 'adduser -D',
  busybox: 'adduser -D',
  debian: 'useradd --create-home',
  ubuntu: 'useradd --create-home',
};

/** Where root is in force, as nothing above says otherwise, and the image has the program. */
function madeAbove(
  repository: string | undefined,
  node: InstructionNode,
  name: string,
  lineage: readonly Section[],
): Fix[] {
  const make = MAKERS[repository ?? ''];
  const isSwitched = lineage.some(({ instructions }) =>
    instructions.some(({ kind, node: each }) => kind === 'USER' && each.startLine < node.startLine),
  );
  if (make === undefined || isSwitched) return [];
  return [{ title: `Add RUN ${make} ${name} above`, edits: [lineAbove(node, `RUN ${make} ${name}`)] }];
}
