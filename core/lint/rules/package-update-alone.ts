import type { Instruction } from '../../dockerfile/instructions.ts';
import { hasWord } from '../command-words.ts';
import { joinRuns } from '../join-runs.ts';
import { changesNothing } from '../known-effects.ts';
import { type Fix, ownRule } from '../rule.ts';
import type { RunCommand, RunScript } from '../run-scripts.ts';
import { rangeTo } from '../script-edits.ts';

const MANAGERS: Readonly<Record<string, { readonly update: readonly string[]; readonly install: readonly string[] }>> =
  {
    'apt-get': {
      update: ['update'],
      install: ['install', 'upgrade', 'dist-upgrade', 'full-upgrade', 'build-dep', 'source'],
    },
    apt: { update: ['update'], install: ['install', 'upgrade', 'full-upgrade', 'build-dep', 'source'] },
    apk: { update: ['update'], install: ['add', 'upgrade', 'fix'] },
  };

/** An update of package lists in a RUN of its own. */
export const packageUpdateAlone = ownRule(
  {
    id: 'package-update-alone',
    title: 'Lists of packages are updated where packages are installed',
    aliases: ['DS017', 'CKV_DOCKER_5'],
    severity: 'warning',
    scope: 'stage',
    docs: {
      why: 'The RUN that updates stays in the cache, and the one that installs below it uses lists of long ago.',
      bad: 'FROM debian:13\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends curl=8.14.*',
      good: 'FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends curl=8.14.* && rm -rf /var/lib/apt/lists/*',
      fix: {
        does: 'Joins the RUN with the one below it that installs.',
        changes: 'one layer less, and lists that are as new as the packages',
      },
    },
  },
  function* ({ scripts, dockerfile }) {
    for (const [index, script] of scripts.entries()) {
      const { commands, outer } = script;
      for (const command of commands) {
        const manager = Object.hasOwn(MANAGERS, command.program) ? MANAGERS[command.program] : undefined;
        if (manager === undefined || !hasWord(command, ...manager.update)) continue;
        const family = command.program === 'apk' ? ['apk'] : ['apt', 'apt-get', 'aptitude', 'apt-cache', 'dpkg'];
        const installs = (each: RunCommand): boolean =>
          family.includes(each.program) && hasWord(each, ...manager.install);
        // Whatever else runs here may be what the lists are for: a script, xargs, another tool that calls apt.
        if (!commands.every((each) => !installs(each) && changesNothing(each))) continue;
        const below = scripts[index + 1];
        const isNext = below !== undefined && isBehind(dockerfile.instructions, outer, below.outer);
        yield {
          message: `${command.program} update in a RUN of its own is cached for ever; install in the same RUN`,
          range: rangeTo(command, 1),
          at: outer.node,
          fixes: isNext && below.commands.some(installs) ? joinedBelow(script, below, dockerfile.syntax.escape) : [],
        };
      }
    }
  },
);

function isBehind(instructions: readonly Instruction[], above: Instruction, below: Instruction): boolean {
  return instructions[instructions.indexOf(above) + 1] === below;
}

function joinedBelow(above: RunScript, below: RunScript, continuation: string): Fix[] {
  return joinRuns(above, below, continuation).map((fix) => ({ ...fix, title: 'Join with the RUN below' }));
}
