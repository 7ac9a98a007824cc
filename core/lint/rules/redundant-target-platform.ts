import { platformFlag, platformRemoval } from '../platform-flag.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

const TARGET_PLATFORM = 'TARGETPLATFORM';

/** `FROM --platform=$TARGETPLATFORM`, which is what FROM does anyway. */
export const redundantTargetPlatform: Rule = {
  id: 'redundant-target-platform',
  code: 'RedundantTargetPlatform',
  title: 'Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior',
  aliases: ['DL3065'],
  severity: 'warning',
  looksAt: ['FROM', 'ARG'],
  docs: {
    why: 'FROM builds for the target anyway.',
    bad: 'FROM --platform=$TARGETPLATFORM debian:13',
    good: 'FROM debian:13',
    fix: { does: 'Removes the flag.', sameImage: true },
  },
  tag: 'unnecessary',
  url: buildKitUrl('redundant-target-platform'),
  *check({ facts: { stages, globals } }) {
    for (const { stage, platform } of stages) {
      const { node, platform: token } = stage.from;
      if (token === undefined || platform === undefined) continue;
      const { matched, unmatched, value } = platform;
      if (matched.size !== 1 || !matched.has(TARGET_PLATFORM) || unmatched.size > 0) continue;
      if (value !== globals.lookUp(TARGET_PLATFORM)) continue;
      yield {
        message: `Setting platform to predefined ${token.text} in FROM is redundant as this is the default behavior`,
        range: platformFlag(node)?.range ?? token.range,
        at: node,
        fixes: platformRemoval(stage.from).map((fix) => ({ ...fix, preferred: true })),
      };
    }
  },
};
