import { goQuote } from '../../dockerfile/go-quote.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

/** Two stages of one name: references mean the last one above them. */
export const duplicateStageName: Rule = {
  id: 'duplicate-stage-name',
  code: 'DuplicateStageName',
  title: 'Stage names should be unique',
  aliases: ['DL3024'],
  severity: 'warning',
  docs: {
    why: 'FROM, COPY --from and --target then mean one of them, and not always the one that was meant.',
    bad: 'FROM debian:13 AS build\nFROM golang:1.25 AS build',
    good: 'FROM debian:13 AS base\nFROM golang:1.25 AS build',
  },
  url: buildKitUrl('duplicate-stage-name'),
  wholeFile: true,
  *check({ dockerfile }) {
    const seen = new Set<string>();
    for (const { name, from } of dockerfile.stages) {
      if (name === undefined || name === '') continue;
      if (seen.has(name)) {
        yield {
          message: `Duplicate stage name ${goQuote(name)}, stage names should be unique`,
          range: from.stage?.range ?? from.node.range,
          at: from.node,
        };
      }
      seen.add(name);
    }
  },
};
