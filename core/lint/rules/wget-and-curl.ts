import { hadolintRule } from '../rule.ts';

/** Both wget and curl in a stage: hadolint's DL4001. */
export const wgetAndCurl = hadolintRule(
  {
    id: 'wget-and-curl',
    code: 'DL4001',
    title: 'One of wget and curl is enough',
    severity: 'warning',
    scope: 'stage',
    docs: {
      why: 'Both do the same: the second is one package more, and one more to keep up to date.',
      bad: 'FROM debian:13\nRUN curl -fsSLO https://example.com/a\nRUN wget -q https://example.com/b',
      good: 'FROM debian:13\nRUN curl -fsSLO https://example.com/a\nRUN curl -fsSLO https://example.com/b',
      fix: {
        none: 'Options of one have no exact counterpart of the other, and which one stays hangs on what the base image has.',
      },
    },
  },
  function* ({ scripts }) {
    let stage = -2;
    let seen = new Set<string>();
    for (const script of scripts) {
      if (script.stage !== stage) {
        stage = script.stage;
        seen = new Set();
      }
      const own = script.commands.filter(({ program }) => program === 'curl' || program === 'wget');
      for (const { program } of own) seen.add(program);
      const last = own.at(-1);
      if (last === undefined || seen.size < 2) continue;
      yield {
        message: 'This stage uses both wget and curl; one of them is enough',
        range: last.rangeOf(0, 0),
        at: script.outer.node,
      };
    }
  },
);
