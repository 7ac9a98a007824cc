import { hadolintRule } from '../rule.ts';
import { lineageOf, type Section } from '../sections.ts';

/** A stage without HEALTHCHECK: hadolint's DL3057. */
export const healthCheckMissing = hadolintRule(
  {
    id: 'health-check-missing',
    code: 'DL3057',
    title: 'Images say how to see whether they are well',
    severity: 'info',
    looksAt: ['FROM', 'ARG', 'HEALTHCHECK'],
    off: true,
    docs: {
      why: 'Without a check an engine knows only whether the process runs, not whether it does its work.',
      bad: 'FROM nginx:1.29\nEXPOSE 80',
      good: 'FROM nginx:1.29\nEXPOSE 80\nHEALTHCHECK CMD ["curl", "-f", "http://localhost/"]',
      fix: { none: 'How to see whether a program does its work is known to whoever wrote it.' },
    },
  },
  function* ({ sections }) {
    for (const section of sections) {
      if (section.from === undefined || lineageOf(section).some(hasCheck)) continue;
      if (sections.some((other) => hasCheck(other) && lineageOf(other).includes(section))) continue;
      const { node } = section.from;
      yield { message: 'This stage has no HEALTHCHECK', range: node.range, at: node };
    }
  },
);

function hasCheck({ instructions }: Section): boolean {
  return instructions.some(({ kind }) => kind === 'HEALTHCHECK');
}
