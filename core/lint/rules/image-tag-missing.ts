import { digestPin } from '../digest-pin.ts';
import { literalImages } from '../literal-images.ts';
import { hadolintUrl, type Rule } from '../rule.ts';

/** `FROM debian`: hadolint's DL3006. */
export const imageTagMissing: Rule = {
  id: 'image-tag-missing',
  code: 'DL3006',
  title: 'The base image should be named with a tag or a digest',
  aliases: [],
  severity: 'warning',
  looksAt: ['FROM', 'ARG'],
  asksOfImages: true,
  docs: {
    why: 'Without a tag, latest is meant: the same Dockerfile builds something else next week.',
    bad: 'FROM debian',
    good: 'FROM debian:13',
    fix: {
      does: 'Adds the digest that the tag has in its registry now, where that is known.',
      changes: 'every build takes that very image from then on',
    },
  },
  url: hadolintUrl('DL3006'),
  *check({ facts, options }) {
    for (const { token, reference, at } of literalImages(facts.stages)) {
      if (reference.tag !== undefined || reference.digest !== undefined) continue;
      yield {
        message: `${token.text} has no tag, so every build may get another image; name a version`,
        range: token.range,
        at,
        fixes: digestPin(token, options),
      };
    }
  },
};
