import { contextCopy, entriesBelow, listed, sourcePath } from '../copied-files.ts';
import { ownRule } from '../rule.ts';

const NAMES = /^(?:\.git|\.hg|\.svn|node_modules|__pycache__|\.venv|\.tox|\.DS_Store)$/;
const SPARED = /^$/;

/** What a checkout holds that no image needs. */
export const copyClutter = ownRule(
  {
    id: 'copy-clutter',
    title: 'COPY should bring no repository and no installed packages',
    severity: 'info',
    scope: 'instruction',
    needs: 'context',
    docs: {
      why: 'They make the context and the layer large, change with every commit, and do not fit another system.',
      bad: '# with node_modules in the context\nFROM debian:13\nCOPY . /srv/',
      good: '# with node_modules in .dockerignore\nFROM debian:13\nCOPY . /srv/',
    },
  },
  function* ({ dockerfile, options: { context } }) {
    if (context === undefined) return;
    for (const instruction of dockerfile.instructions) {
      const copy = contextCopy(instruction);
      if (copy === undefined || copy.exclude.length > 0) continue;
      for (const source of copy.sources) {
        const path = source.kind === 'path' ? sourcePath(source.path.text) : undefined;
        if (source.kind !== 'path' || path === undefined) continue;
        const found = entriesBelow(context.tree, path, (_entry, name) => NAMES.test(name) && !SPARED.test(name));
        if (found.length === 0) continue;
        const message = `This brings ${listed(found)}; leave it out by .dockerignore`;
        yield { message, range: source.path.range, at: instruction.node };
      }
    }
  },
);
