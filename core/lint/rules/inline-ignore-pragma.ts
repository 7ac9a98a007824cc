import { parseHadolintPragma } from '../check-options.ts';
import { hadolintRule } from '../rule.ts';

/** A comment that turns rules off for the instruction below: hadolint's DL1001. */
export const inlineIgnorePragma = hadolintRule(
  {
    id: 'inline-ignore-pragma',
    code: 'DL1001',
    title: 'Comments should not turn rules off',
    severity: 'info',
    off: true,
    docs: {
      why: 'A team that keeps its exceptions in one configuration file sees all of them at once; comments hide them.',
      bad: 'FROM alpine:3.22\n# hadolint ignore=DL3018\nRUN apk add --no-cache curl',
      good: 'FROM alpine:3.22\nRUN apk add --no-cache curl=8.14.1-r1',
      fix: { does: 'Takes the comment away.', sameImage: true },
    },
  },
  function* ({ dockerfile: { syntax } }) {
    for (const { text, range } of syntax.comments) {
      if (parseHadolintPragma(text)?.scope !== 'instruction') continue;
      const at =
        syntax.instructions.find(({ startLine }) => startLine > range.start.line) ?? syntax.instructions.at(-1);
      if (at === undefined) continue;
      const line = {
        start: { line: range.start.line, character: 0 },
        end: { line: range.start.line + 1, character: 0 },
      };
      yield {
        message: 'This comment turns rules off; list exceptions in .hadolint.yaml instead',
        range,
        at,
        fixes: [{ title: 'Remove the comment', edits: [{ range: line, newText: '' }] }],
      };
    }
  },
);
