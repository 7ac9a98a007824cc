import { rangeIn } from '../../dockerfile/joined-line.ts';
import { digestPin } from '../digest-pin.ts';
import { literalImages } from '../literal-images.ts';
import { hadolintUrl, type Rule } from '../rule.ts';

/** `FROM debian:latest`: hadolint's DL3007. */
export const imageTagLatest: Rule = {
  id: 'image-tag-latest',
  code: 'DL3007',
  title: 'The base image should not be named by the tag latest',
  aliases: [],
  severity: 'warning',
  looksAt: ['FROM', 'ARG'],
  asksOfImages: true,
  docs: {
    why: 'latest is whatever was pushed last: the same Dockerfile builds something else next week.',
    bad: 'FROM debian:latest',
    good: 'FROM debian:13',
    fix: {
      does: 'Adds the digest that the tag has in its registry now, where that is known.',
      changes: 'every build takes that very image from then on',
    },
  },
  url: hadolintUrl('DL3007'),
  *check({ facts, options }) {
    for (const { token, reference, at } of literalImages(facts.stages)) {
      if (reference.tag !== 'latest' || reference.digest !== undefined) continue;
      const start = token.text.lastIndexOf(':');
      yield {
        message: `${token.text} is another image after every release; name a version`,
        range: rangeIn(token, start + 1, token.text.length),
        at,
        fixes: digestPin(token, options),
      };
    }
  },
};
