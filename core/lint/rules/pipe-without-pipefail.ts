import { lineAbove } from '../instruction-edits.ts';
import type { Fix } from '../rule.ts';
import { hadolintRule } from '../rule.ts';
import type { RunScript } from '../run-scripts.ts';

/** A pipe in a shell that looks only at the last command: hadolint's DL4006. */
export const pipeWithoutPipefail = hadolintRule(
  {
    id: 'pipe-without-pipefail',
    code: 'DL4006',
    title: 'A pipe fails only with pipefail',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'A shell asks only the last command of a pipe how it went: a failed download is no error.',
      bad: 'FROM debian:13\nRUN curl -fsSL https://example.com/a.tar | tar -x',
      good: 'FROM debian:13\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN curl -fsSL https://example.com/a.tar | tar -x',
      fix: {
        does: 'Puts a SHELL above.',
        changes: 'commands below are read by bash, which the image must have, and fail where they did not',
      },
    },
  },
  function* ({ scripts }) {
    for (const script of scripts) {
      if (script.pipe === undefined || script.run !== script.outer || hasPipefail(script.shell)) continue;
      yield {
        message: 'A command in front of a pipe that fails does not fail the build here; set pipefail with SHELL',
        range: script.pipe,
        at: script.outer.node,
        fixes: shellAbove(script),
      };
    }
  },
);

function hasPipefail([program = '', ...options]: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (!['bash', 'zsh', 'ash', 'ksh'].includes(name)) return false;
  return options.some((option, i) => option === 'pipefail' && /^-\w*o$/.test(options[i - 1] ?? ''));
}

function shellAbove({ outer, shell }: RunScript): Fix[] {
  if (shell.join(' ') !== '/bin/sh -c') return [];
  const edits = [lineAbove(outer.node, 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]')];
  return [{ title: 'Set pipefail with SHELL above', edits }];
}
