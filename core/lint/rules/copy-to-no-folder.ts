import { hadolintRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';

/** Several sources, and a destination without a slash: hadolint's DL3021. */
export const copyToNoFolder = hadolintRule(
  {
    id: 'copy-to-no-folder',
    code: 'DL3021',
    title: 'The destination of several sources ends with a slash',
    severity: 'error',
    scope: 'instruction',
    docs: {
      why: 'Several sources need a folder to lie in; a destination without a slash is a file, and the build ends.',
      bad: 'FROM debian:13\nCOPY package.json server.js /app',
      good: 'FROM debian:13\nCOPY package.json server.js /app/',
      fix: { does: 'Adds the slash.', changes: 'the build no longer ends here' },
    },
  },
  function* ({ dockerfile }) {
    for (const outer of dockerfile.instructions) {
      const copy = outer.kind === 'ONBUILD' ? outer.trigger : outer;
      if (copy?.kind !== 'COPY' || copy.destination === undefined || copy.sources.length < 2) continue;
      const { destination, node } = copy;
      const path = unquoted(destination.text);
      if (/[/\\]$|(?:^|[/\\])\.\.?$/.test(path)) continue;
      const { end } = destination.range;
      const inner = node.json ? { line: end.line, character: end.character - 1 } : end;
      const isPlain = !/["'$\\]/.test(destination.text);
      yield {
        message: `${destination.text} must end with a slash: several sources need a folder`,
        range: destination.range,
        at: outer.node,
        fixes: isPlain
          ? [{ title: 'Add a slash', edits: [{ range: { start: inner, end: inner }, newText: '/' }] }]
          : [],
      };
    }
  },
);
