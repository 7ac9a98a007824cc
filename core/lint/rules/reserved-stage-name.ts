import { goQuote } from '../../dockerfile/go-quote.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

const RESERVED: readonly string[] = ['context', 'scratch'];

/** A stage called `scratch` or `context`: no reference ever reaches it. */
export const reservedStageName: Rule = {
  id: 'reserved-stage-name',
  code: 'ReservedStageName',
  title: 'Reserved words should not be used as stage names',
  aliases: ['DL3063'],
  severity: 'warning',
  docs: {
    why: 'scratch is the empty image and context the build context: a stage of that name cannot be used.',
    bad: 'FROM debian:13 AS scratch',
    good: 'FROM debian:13 AS base',
  },
  url: buildKitUrl('reserved-stage-name'),
  wholeFile: true,
  *check({ dockerfile }) {
    for (const { name, from } of dockerfile.stages) {
      if (name === undefined || !RESERVED.includes(name)) continue;
      yield {
        message: `Stage name should not use the same name as reserved stage ${goQuote(name)}`,
        range: from.stage?.range ?? from.node.range,
        at: from.node,
      };
    }
  },
};
