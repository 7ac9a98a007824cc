import { hasFlag, hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { isMounted } from '../run-mounts.ts';
import { insertFix, rangeTo } from '../script-edits.ts';

/** `apk add` without `--no-cache`: hadolint's DL3019. */
export const apkCacheLeft = hadolintRule(
  {
    id: 'apk-cache-left',
    code: 'DL3019',
    title: 'apk add should leave no cache behind',
    severity: 'info',
    scope: 'script',
    docs: {
      why: 'The index of packages stays in the layer, some megabytes that nobody reads again.',
      bad: 'FROM alpine:3.22\nRUN apk add --update curl=8.14.1-r1',
      good: 'FROM alpine:3.22\nRUN apk add --no-cache curl=8.14.1-r1',
      fix: { does: 'Adds --no-cache.', changes: 'the image loses the index of packages' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('apk')) {
      if (!hasWord(command, 'add') || hasFlag(command, 'no-cache') || isMounted(script.run, '/var/cache/apk')) continue;
      const at = command.words.indexOf('add');
      yield {
        message: 'apk add leaves its index in the layer; add --no-cache',
        range: rangeTo(command, at),
        at: script.outer.node,
        fixes: [insertFix(script, command, at, '--no-cache')],
      };
    }
  },
);
