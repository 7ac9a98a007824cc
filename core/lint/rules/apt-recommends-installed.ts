import { aptSubcommand } from '../apt-command.ts';
import { hadolintUrl, type Rule } from '../rule.ts';
import { type RunCommand, runScripts } from '../run-scripts.ts';

const FLAG = '--no-install-recommends';

/** `apt-get install` without `--no-install-recommends`: hadolint's DL3015. */
export const aptRecommendsInstalled: Rule = {
  id: 'apt-recommends-installed',
  code: 'DL3015',
  title: 'apt-get install should not bring packages that are only recommended',
  aliases: [],
  severity: 'info',
  url: hadolintUrl('DL3015'),
  *check({ dockerfile }) {
    for (const { run, outer, commands } of runScripts(dockerfile)) {
      for (const command of commands) {
        const at = aptSubcommand(command, ['apt-get'], 'install');
        if (at === undefined || leavesOut(command)) continue;
        const { end } = command.rangeOf(at, at);
        const newText = run.command.form === 'exec' ? `, "${FLAG}"` : ` ${FLAG}`;
        yield {
          message: `apt-get install brings recommended packages too; add ${FLAG} and name those that are needed`,
          range: command.rangeOf(0, at),
          at: outer.node,
          fixes: [{ title: `Add ${FLAG}`, edits: [{ range: { start: end, end }, newText }] }],
        };
      }
    }
  },
};

function leavesOut({ words }: RunCommand): boolean {
  return words.some((word) => word === FLAG || /APT::Install-Recommends=(?:0|no|false)$/i.test(word));
}
