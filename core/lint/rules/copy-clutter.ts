import { ownRule } from '../rule.ts';
import { unwantedReports } from '../unwanted-files.ts';

const NAMES = /^(?:\.git|\.hg|\.svn|node_modules|__pycache__|\.venv|\.tox|\.DS_Store)$/;

/** Whether a name is that of a repository or of installed packages. */
export function isClutter(name: string): boolean {
  return NAMES.test(name);
}

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
      fix: { none: 'The Dockerfile may stay as it is: the editor offers to leave the files out by .dockerignore.' },
    },
  },
  (context) => unwantedReports(context, isClutter),
);
