import { goQuote } from '../../dockerfile/go-quote.ts';
import type { Stage } from '../../dockerfile/stages.ts';
import { buildKitUrl, type Fix, type Rule } from '../rule.ts';
import { freeStageName, stageRename } from '../stage-rename.ts';

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
    fix: {
      does: 'Gives the second stage another name, also where it is used.',
      changes: '--target with the old name means the stage above',
    },
  },
  url: buildKitUrl('duplicate-stage-name'),
  wholeFile: true,
  *check({ dockerfile }) {
    const seen = new Set<string>();
    const { stages } = dockerfile;
    for (const stage of stages) {
      const { name, from } = stage;
      if (name === undefined || name === '') continue;
      if (seen.has(name)) {
        yield {
          message: `Duplicate stage name ${goQuote(name)}, stage names should be unique`,
          range: from.stage?.range ?? from.node.range,
          at: from.node,
          fixes: renamed(stages, stage),
        };
      }
      seen.add(name);
    }
  },
};

function renamed(stages: readonly Stage[], stage: Stage): Fix[] {
  const { name = '', index } = stage;
  // Its number among those of the name, so that all can be renamed at once.
  const number = stages.filter((each) => each.name === name && each.index <= index).length;
  const free = freeStageName(stages, name, number);
  return [{ title: `Rename to ${free}`, edits: stageRename(stages, stage, free) }];
}
