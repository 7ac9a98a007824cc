import type { Token } from '../../dockerfile/ast.ts';
import { type Fix, hadolintRule } from '../rule.ts';
import { lineageOf } from '../sections.ts';
import { unquoted } from '../source-kind.ts';

/** COPY to a relative path where no WORKDIR is set: hadolint's DL3045. */
export const copyWithoutWorkdir = hadolintRule(
  {
    id: 'copy-without-workdir',
    code: 'DL3045',
    title: 'A relative destination needs a WORKDIR',
    severity: 'warning',
    looksAt: ['FROM', 'ARG', 'WORKDIR', 'COPY'],
    docs: {
      why: 'Where the files land is up to the base image, which may change its folder.',
      bad: 'FROM debian:13\nCOPY app.conf etc/',
      good: 'FROM debian:13\nWORKDIR /srv\nCOPY app.conf etc/',
      fix: {
        does: 'Puts the destination below /.',
        changes: 'another place where the base image has a WORKDIR of its own',
      },
    },
  },
  function* ({ sections }) {
    for (const section of sections) {
      let isSet = lineageOf(section)
        .slice(1)
        .some(({ instructions }) => instructions.some(({ kind }) => kind === 'WORKDIR'));
      for (const instruction of section.instructions) {
        if (instruction.kind === 'WORKDIR') isSet = true;
        if (instruction.kind !== 'COPY' || isSet || instruction.destination === undefined) continue;
        const { destination, node } = instruction;
        if (/^(?:[/\\$]|[A-Za-z]:)/.test(unquoted(destination.text))) continue;
        yield {
          message: `${destination.text} is relative, and no WORKDIR says to what`,
          range: destination.range,
          at: node,
          fixes: node.json ? [] : belowRoot(destination),
        };
      }
    }
  },
);

/** Of words without quotes, variables and wildcards; `.` alone may mean anything. */
function belowRoot({ text, range }: Token): Fix[] {
  const path = text.replace(/^(?:\.\/)+/, '');
  if (!/^\w[\w./-]*$/.test(path) || path.split('/').includes('..')) return [];
  return [{ title: `Change to /${path}`, edits: [{ range, newText: `/${path}` }] }];
}
