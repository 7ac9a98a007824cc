import { goQuote } from '../../dockerfile/go-quote.ts';
import { buildKitUrl, type Rule } from '../rule.ts';
import { freeStageName, stageRename } from '../stage-rename.ts';

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
    fix: { does: 'Gives the stage another name.', changes: '--target has to name the stage by its new name' },
  },
  url: buildKitUrl('reserved-stage-name'),
  wholeFile: true,
  *check({ dockerfile }) {
    const { stages } = dockerfile;
    for (const stage of stages) {
      const { name, from } = stage;
      if (name === undefined || !RESERVED.includes(name)) continue;
      const free = freeStageName(stages, `${name}-stage`);
      yield {
        message: `Stage name should not use the same name as reserved stage ${goQuote(name)}`,
        range: from.stage?.range ?? from.node.range,
        at: from.node,
        fixes: [{ title: `Rename to ${free}`, edits: stageRename(stages, stage, free) }],
      };
    }
  },
};
