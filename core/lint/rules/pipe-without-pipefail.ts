import { isOfBusyBox } from '../busybox-image.ts';
import { lineAbove } from '../instruction-edits.ts';
import type { Fix } from '../rule.ts';
import { hadolintRule } from '../rule.ts';
import type { RunScript } from '../run-scripts.ts';
import type { Section } from '../sections.ts';

const SHELLS = ['bash', 'zsh', 'ash', 'ksh'];

/** A pipe in a shell that looks only at the last command: hadolint's DL4006. */
export const pipeWithoutPipefail = hadolintRule(
  {
    id: 'pipe-without-pipefail',
    code: 'DL4006',
    title: 'A pipe fails only with pipefail',
    severity: 'warning',
    scope: 'stage',
    docs: {
      why: 'A shell asks only the last command of a pipe how it went: a failed download is no error.',
      bad: 'FROM debian:13\nRUN curl -fsSL https://example.com/a.tar | tar -x',
      good: 'FROM debian:13\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN curl -fsSL https://example.com/a.tar | tar -x',
      fix: {
        does: 'Puts a SHELL above: bash, in images of Alpine and BusyBox ash.',
        changes: 'commands below are read by that shell, which the image must have, and fail where they did not',
      },
    },
  },
  function* ({ scripts, sections }) {
    for (const script of scripts) {
      if (script.pipe === undefined || script.run !== script.outer || hasPipefail(script.shell) || setsPipefail(script))
        continue;
      yield {
        message: 'A command in front of a pipe that fails does not fail the build here; set pipefail with SHELL',
        range: script.pipe,
        at: script.outer.node,
        fixes: shellAbove(script, sections),
      };
    }
  },
);

function hasPipefail([program = '', ...options]: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (!SHELLS.includes(name)) return false;
  return options.some((option, i) => option === 'pipefail' && /^-\w*o$/.test(options[i - 1] ?? ''));
}

/** `set -o pipefail`, or `bash -o pipefail` with a heredoc. */
function setsPipefail({ commands }: RunScript): boolean {
  return commands.some(
    ({ program, words }) => (program === 'set' || SHELLS.includes(program)) && words.includes('pipefail', 2),
  );
}

/** BusyBox has no bash. */
function shellAbove(script: RunScript, sections: readonly Section[]): Fix[] {
  if (script.shell.join(' ') !== '/bin/sh -c') return [];
  const program = isOfBusyBox(script, sections) ? '/bin/ash' : '/bin/bash';
  const line = `SHELL ["${program}", "-o", "pipefail", "-c"]`;
  return [{ title: `Add ${line} above`, edits: [lineAbove(script.outer.node, line)], forStage: true }];
}
