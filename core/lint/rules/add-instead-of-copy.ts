import { hadolintRule } from '../rule.ts';
import { isArchive, isRemote } from '../source-kind.ts';

/** ADD of what is neither fetched nor unpacked: hadolint's DL3020. */
export const addInsteadOfCopy = hadolintRule(
  {
    id: 'add-instead-of-copy',
    code: 'DL3020',
    title: 'COPY brings files and folders, ADD fetches and unpacks',
    severity: 'error',
    scope: 'instruction',
    docs: {
      why: 'ADD does more than it says: a file that happens to be an archive is unpacked, a source that happens to be a URL fetched.',
      bad: 'FROM debian:13\nADD src /app/src',
      good: 'FROM debian:13\nCOPY src /app/src',
      fix: {
        does: 'Changes ADD to COPY.',
        changes: 'an archive under a name that does not say so is no longer unpacked',
      },
    },
  },
  function* ({ dockerfile }) {
    for (const outer of dockerfile.instructions) {
      const add = outer.kind === 'ONBUILD' ? outer.trigger : outer;
      if (add?.kind !== 'ADD' || add.node.heredocs.length > 0) continue;
      const plain = add.sources.find(
        (source) => source.kind === 'path' && !isArchive(source.path.text) && !isRemote(source.path.text),
      );
      if (plain?.kind !== 'path' || plain.path.text.startsWith('$')) continue;
      const { keyword, flags } = add.node;
      const copy = keyword.text === keyword.text.toLowerCase() ? 'copy' : 'COPY';
      const canCopy = flags.every(({ name }) => ['chown', 'chmod', 'link', 'exclude'].includes(name.text));
      yield {
        message: 'Use COPY for files and folders; ADD would unpack and fetch',
        range: keyword.range,
        at: outer.node,
        fixes: canCopy ? [{ title: 'Change to COPY', edits: [{ range: keyword.range, newText: copy }] }] : [],
      };
    }
  },
);
