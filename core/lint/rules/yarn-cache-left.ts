import { hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { isMounted } from '../run-mounts.ts';
import type { RunCommand } from '../run-scripts.ts';
import { appendCommand, rangeTo } from '../script-edits.ts';
import { isShipped } from '../shipped-stages.ts';

/** `yarn install` without `yarn cache clean`: hadolint's DL3060. */
export const yarnCacheLeft = hadolintRule(
  {
    id: 'yarn-cache-left',
    code: 'DL3060',
    title: 'yarn install should leave no cache behind',
    severity: 'info',
    scope: 'script',
    docs: {
      why: 'Downloaded packages stay in the layer a second time, packed.',
      bad: 'FROM node:24\nRUN yarn install',
      good: 'FROM node:24\nRUN yarn install && yarn cache clean',
      fix: { does: 'Adds yarn cache clean at the end.', changes: 'the image loses the cache' },
    },
  },
  function* (context) {
    const { scripts, dockerfile, facts } = context;
    for (const script of scripts) {
      const at = script.commands.findIndex(isInstall);
      const command = script.commands[at];
      if (command === undefined || !isShipped(script, facts.shipped)) continue;
      if (isMounted(script.run, '.cache/yarn') || script.commands.findLastIndex(isClean) > at) continue;
      const edits = appendCommand(script, context.lines, 'yarn cache clean', dockerfile.syntax.escape);
      yield {
        message: 'yarn leaves its cache in this layer; run yarn cache clean in the same RUN',
        range: rangeTo(command, 1),
        at: script.outer.node,
        fixes: edits.length === 0 ? [] : [{ title: 'Run yarn cache clean at the end', edits }],
      };
    }
  },
);

function isInstall(command: RunCommand): boolean {
  return command.program === 'yarn' && hasWord(command, 'install');
}

function isClean(command: RunCommand): boolean {
  return command.program === 'yarn' && hasWord(command, 'cache', 'clean');
}
