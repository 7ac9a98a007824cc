import { expandWord } from '../../dockerfile/expand.ts';
import { parseReference } from '../../image/reference.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

/** FROM names no image where no build arg is given. */
export const invalidDefaultArgInFrom: Rule = {
  id: 'invalid-default-arg-in-from',
  code: 'InvalidDefaultArgInFrom',
  title: 'Default value for global ARG results in an empty or invalid base image name',
  aliases: [],
  severity: 'warning',
  looksAt: ['FROM', 'ARG'],
  docs: {
    why: 'A build without build args has no image to start from.',
    bad: 'ARG TAG\nFROM debian:${TAG}',
    good: 'ARG TAG=13\nFROM debian:${TAG}',
    fix: { none: 'Which image is meant where no build arg says so is known to the author alone.' },
  },
  url: buildKitUrl('invalid-default-arg-in-from'),
  wholeFile: true,
  *check({ facts: { defaults, lexer, stages } }) {
    if (!defaults.valid) return;
    for (const { from } of stages.map(({ stage }) => stage)) {
      if (from.image === undefined) continue;
      const { text, range } = from.image;
      const { value, problem } = expandWord(text, defaults.lookUp, lexer);
      if (problem !== undefined) return;
      if (parseReference(value).ok) continue;
      yield {
        message: `Default value for ARG ${text} results in empty or invalid base image name`,
        range,
        at: from.node,
      };
    }
  },
};
