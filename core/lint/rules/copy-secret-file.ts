import type { TreeEntry } from '../../plan/file-tree.ts';
import { ownRule } from '../rule.ts';
import { unwantedReports } from '../unwanted-files.ts';

/** Folders that hold keys and passwords by their names, and files. */
const FOLDERS = /^\.(?:aws|ssh|gnupg)$/;
const FILES =
  /^(?:\.env(?:\..+)?|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.htpasswd|\.git-credentials|\.dockercfg|id_(?:rsa|dsa|ecdsa|ed25519)|credentials(?:\.json)?|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx))$/;
const SPARED =
  /(?:example|sample|template|dist|public|\.pub)(?:\.pem)?$|^(?:.*[-_.])?(?:ca|cacerts?|certs?|certificates?|crt|chain|fullchain|roots?|bundle)\.pem$/;

/** Whether a file or folder of this name holds keys or passwords. */
export function isSecretFile(name: string, type: TreeEntry['type']): boolean {
  return type === 'directory' ? FOLDERS.test(name) : FILES.test(name) && !SPARED.test(name);
}

/** Secrets of the context that come into the image. */
export const copySecretFile = ownRule(
  {
    id: 'copy-secret-file',
    title: 'COPY should bring no keys and passwords',
    severity: 'warning',
    scope: 'instruction',
    needs: 'context',
    docs: {
      why: 'Everybody who has the image has the file, also where a later layer deletes it.',
      bad: '# with .env in the context\nFROM debian:13\nCOPY . /srv/',
      good: '# with .env in .dockerignore\nFROM debian:13\nCOPY . /srv/',
      fix: { none: 'The Dockerfile may stay as it is: the editor offers to leave the files out by .dockerignore.' },
    },
  },
  (context) => unwantedReports(context, isSecretFile),
);
