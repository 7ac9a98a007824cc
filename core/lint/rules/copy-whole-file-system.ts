import type { Dockerfile } from '../../dockerfile/stages.ts';
import { hadolintRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';

/** `COPY --from=… / /`: hadolint's DL3067. */
export const copyWholeFileSystem = hadolintRule(
  {
    id: 'copy-whole-file-system',
    code: 'DL3067',
    title: 'A stage should not be copied as a whole',
    severity: 'warning',
    looksAt: ['FROM', 'COPY'],
    docs: {
      why: 'All that the other stage was for, its tools and caches, comes along, and its files overwrite those of the base.',
      bad: 'FROM golang:1.25 AS build\nFROM debian:13\nCOPY --from=build / /',
      good: 'FROM golang:1.25 AS build\nFROM debian:13\nCOPY --from=build /out/app /usr/local/bin/',
      fix: { none: 'Which files of the stage are needed is known to the author alone.' },
    },
  },
  function* ({ dockerfile }) {
    for (const outer of dockerfile.instructions) {
      const copy = outer.kind === 'ONBUILD' ? outer.trigger : outer;
      if (copy?.kind !== 'COPY' || copy.from === undefined || unquoted(copy.destination?.text ?? '') !== '/') continue;
      const whole = copy.sources.find((source) => source.kind === 'path' && unquoted(source.path.text) === '/');
      if (whole?.kind !== 'path' || isMadeToBeCopied(dockerfile, copy.from.text)) continue;
      yield {
        message: `This copies all of ${copy.from.text}, also its tools and caches; name the files that are needed`,
        range: whole.path.range,
        at: outer.node,
      };
    }
  },
);

/** Whether a stage starts from scratch, itself or below: it holds no more than somebody put there. */
function isMadeToBeCopied({ stages }: Pick<Dockerfile, 'stages'>, name: string): boolean {
  const stage = stages.findLast((each) => each.name === name.toLowerCase());
  const image = stage?.from.image?.text.toLowerCase();
  if (stage === undefined || image === undefined) return false;
  return image === 'scratch' || isMadeToBeCopied({ stages: stages.slice(0, stage.index) }, image);
}
