import { platformRemoval } from '../platform-flag.ts';
import { hadolintRule } from '../rule.ts';
import { fromPlatformFlagConstDisallowed } from './from-platform-flag-const-disallowed.ts';

/** `FROM --platform` where BuildKit has nothing against it, but hadolint has: its DL3029. */
export const fromPlatformFlag = hadolintRule(
  {
    id: 'from-platform-flag',
    code: 'DL3029',
    title: 'FROM --platform should name the platform of the build or of the target',
    severity: 'warning',
    looksAt: ['FROM', 'ARG'],
    docs: {
      why: 'Whoever builds for another platform gets this one all the same.',
      bad: 'ARG WHERE=linux/arm64\nFROM --platform=$WHERE debian:13',
      good: 'FROM --platform=$BUILDPLATFORM debian:13',
      fix: { does: 'Removes the flag.', changes: 'the stage is for the platform that is built for' },
    },
  },
  function* (context) {
    const told = new Set([...fromPlatformFlagConstDisallowed.check(context)].map(({ at }) => at));
    for (const { stage } of context.facts.stages) {
      const { platform, node } = stage.from;
      if (platform === undefined || told.has(node) || /BUILDPLATFORM|TARGETPLATFORM/.test(platform.text)) continue;
      yield {
        message: `The platform ${platform.text} is that of neither the build nor the target`,
        range: platform.range,
        at: node,
        fixes: platformRemoval(stage.from),
      };
    }
  },
);
