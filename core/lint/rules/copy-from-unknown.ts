import { didYouMean } from '../../match/did-you-mean.ts';
import { hadolintRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';

/** Letters of a name below which two names may differ in any of them. */
const SHORT = 4;

/** `COPY --from` that names no stage above and no tagged image: hadolint's DL3022. */
export const copyFromUnknown = hadolintRule(
  {
    id: 'copy-from-unknown',
    code: 'DL3022',
    title: 'COPY --from should name a stage above',
    severity: 'warning',
    looksAt: ['FROM', 'COPY'],
    docs: {
      why: 'A name that is no stage is an image: a slip of the pen fetches something from a registry that nobody meant.',
      bad: 'FROM golang:1.25 AS build\nRUN go build\nFROM scratch\nCOPY --from=biuld /app /app',
      good: 'FROM golang:1.25 AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /app',
      fix: { does: 'Writes the name of the stage that was most likely meant.', changes: 'files come from that stage' },
    },
  },
  function* ({ dockerfile }) {
    const names = new Set<string>();
    let count = 0;
    for (const outer of dockerfile.instructions) {
      if (outer.kind === 'FROM') {
        count++;
        if (outer.stage) names.add(outer.stage.text.toLowerCase());
      }
      const copy = outer.kind === 'ONBUILD' ? outer.trigger : outer;
      if (copy?.kind !== 'COPY' || copy.from === undefined) continue;
      const name = unquoted(copy.from.text);
      if (/[:@$]/.test(name) || names.has(name.toLowerCase())) continue;
      if (/^\d+$/.test(name) && Number(name) < count) continue;
      const near = name.length < SHORT ? undefined : didYouMean(name.toLowerCase(), names);
      yield {
        message: `There is no stage ${name} above, and no tag says that an image is meant`,
        range: copy.from.range,
        at: outer.node,
        fixes:
          near === undefined
            ? []
            : [{ title: `Change to ${near}`, edits: [{ range: copy.from.range, newText: near }] }],
      };
    }
  },
);
