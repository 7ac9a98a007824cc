import { contextCopy, entriesBelow, listed, sourcePath } from '../copied-files.ts';
import { ownRule } from '../rule.ts';

/** Files that hold keys and passwords by their names. */
const NAMES =
  /^(?:\.env(?:\..+)?|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.htpasswd|\.git-credentials|\.dockercfg|\.aws|\.ssh|\.gnupg|id_(?:rsa|dsa|ecdsa|ed25519)|credentials(?:\.json)?|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx))$/;
const SPARED = /(?:example|sample|template|dist|public|\.pub)(?:\.pem)?$|^(?:ca|cacert|chain|fullchain|cert)\.pem$/;

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
