import { goQuote } from '../../dockerfile/go-quote.ts';
import { type Platform, parsePlatform } from '../../image/platform.ts';
import { platformRemoval } from '../platform-flag.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

const SYSTEMS: readonly string[] = ['linux', 'windows', 'darwin', 'freebsd', 'wasip1'];

/** `FROM --platform=linux/amd64`: builds for other platforms get this one all the same. */
export const fromPlatformFlagConstDisallowed: Rule = {
  id: 'from-platform-flag-const-disallowed',
  code: 'FromPlatformFlagConstDisallowed',
  title: 'FROM --platform flag should not use a constant value',
  aliases: ['DL3029'],
  severity: 'warning',
  looksAt: ['FROM', 'ARG'],
  docs: {
    why: 'Whoever builds for another platform gets this one all the same.',
    bad: 'FROM --platform=linux/amd64 debian:13',
    good: 'FROM --platform=$BUILDPLATFORM debian:13',
    fix: { does: 'Removes the flag.', changes: 'the stage is for the platform that is built for' },
  },
  url: buildKitUrl('from-platform-flag-const-disallowed'),
  *check({ facts: { stages } }) {
    for (const { stage, platform } of stages) {
      const { node, platform: token } = stage.from;
      if (token === undefined || platform === undefined) continue;
      if (platform.matched.size > 0 || platform.unmatched.size > 0) continue;
      const constant = platformOf(platform.value);
      if (constant === undefined) continue;
      const name = stage.name ?? '';
      // A stage that is called after its platform is meant for that one.
      if (name.includes(constant.os) || name.includes(constant.architecture)) continue;
      yield {
        message: `FROM --platform flag should not use constant value ${goQuote(platform.value)}`,
        range: token.range,
        at: node,
        fixes: platformRemoval(stage.from),
      };
    }
  },
};

/** A system alone stands for the machine's own architecture. */
function platformOf(text: string): Platform | undefined {
  const platform = parsePlatform(SYSTEMS.includes(text.toLowerCase()) ? `${text}/amd64` : text);
  return text === '' ? undefined : platform;
}
