import { hasWord, operands } from './command-words.ts';
import type { RunCommand, RunScript } from './run-scripts.ts';

const INSTALLS: Readonly<Record<string, readonly string[]>> = {
  apk: ['add'],
  apt: ['install'],
  'apt-get': ['install'],
  dnf: ['install'],
  microdnf: ['install'],
  yum: ['install'],
  zypper: ['install', 'in'],
};
/** What stands around an installation, and looks at no file of the project. */
const AROUND = new Set([
  'apk',
  'apt',
  'apt-get',
  'dnf',
  'microdnf',
  'yum',
  'zypper',
  'rm',
  'set',
  'export',
  'sudo',
  ':',
  'true',
]);
/** Paths that such commands name. */
const SYSTEM_PATH = /^\/(?:var|tmp|root\/\.cache|usr\/share)\//;

/** Whether a RUN only installs packages of the system by name, so that what was copied before it does not matter. */
export function onlyInstallsPackages({ commands, shellForm }: RunScript): boolean {
  if (shellForm === undefined || /[<$`]/.test(shellForm.text) || !commands.some(installs)) return false;
  return commands.every(
    ({ program, words }) =>
      AROUND.has(program) &&
      words.slice(1).every((word) => !/\/|\.(?:deb|rpm|apk)$/.test(word) || SYSTEM_PATH.test(word)),
  );
}

function installs(command: RunCommand): boolean {
  const verbs = INSTALLS[command.program];
  return verbs !== undefined && hasWord(command, ...verbs) && operands(command).length > 1;
}
