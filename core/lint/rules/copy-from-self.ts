import { hadolintRule } from '../rule.ts';

/** `COPY --from` of the stage that it stands in: hadolint's DL3023. */
export const copyFromSelf = hadolintRule(
  {
    id: 'copy-from-self',
    code: 'DL3023',
    title: 'COPY --from cannot name its own stage',
    severity: 'error',
    looksAt: ['FROM', 'COPY'],
    docs: {
      why: 'A stage cannot copy from itself: it is not built yet.',
      bad: 'FROM debian:13 AS app\nCOPY --from=app /a /b',
      good: 'FROM debian:13 AS app\nRUN cp /a /b',
      fix: {
        none: 'Whether the files are in this stage already, for RUN to copy, or another stage was meant, is known to the author alone.',
      },
    },
  },
  function* ({ dockerfile }) {
    let own: string | undefined;
    for (const outer of dockerfile.instructions) {
      if (outer.kind === 'FROM') own = outer.stage?.text.toLowerCase();
      const copy = outer.kind === 'ONBUILD' ? outer.trigger : outer;
      if (copy?.kind !== 'COPY' || copy.from === undefined || own === undefined) continue;
      if (copy.from.text.toLowerCase() !== own) continue;
      yield {
        message: `${copy.from.text} is the stage that this COPY stands in`,
        range: copy.from.range,
        at: outer.node,
      };
    }
  },
);
