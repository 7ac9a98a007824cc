import { parseGoBool } from '../../core/match/go-bool.ts';
import type { ManifestWishes } from '../registry/manifest-wishes.ts';
import { UsageError } from './usage-error.ts';

/** Attributes of `--output` that say what becomes of it. */
export const OUTPUT_ATTRIBUTES: readonly string[] = ['type', 'dest', 'name', 'push', 'tar'];

/** Exporters of which something is true anyway: `true` or `false` is taken, the other refused with the reason. */
const FIXED: Readonly<Record<string, { readonly is: boolean; readonly otherwise: string }>> = {
  unpack: { is: true, otherwise: 'an image of the engine is unpacked when it is first needed' },
  store: { is: true, otherwise: 'use type=cacheonly for no image' },
  'push-by-digest': { is: false, otherwise: 'a name is pushed with its tag' },
  'registry.insecure': { is: false, otherwise: 'lapstraked --insecure-registry HOST says it for the engine' },
  'force-compression': { is: false, otherwise: 'layers of base images leave as they came' },
  'platform-split': { is: true, otherwise: 'files of several platforms are each in a folder of their own' },
  'attestation-inline': { is: false, otherwise: 'no attestation is made' },
  'oci-artifact': { is: false, otherwise: 'it is about attestations, of which none is made' },
  'prefer-nondist-layers': { is: false, otherwise: 'layers leave as they came' },
};

/** Attributes that are taken whatever they say: what they ask for is so, or makes no difference here. */
const IGNORED: readonly string[] = ['rewrite-timestamp', 'compression-level', 'name-canonical', 'context'];

const ANNOTATION = /^annotation(?:-manifest)?\.(.+)$/;

/**
 * Reads the attributes of an `--output` beside those that say what becomes of it, as BuildKit's exporters have them. With
 * SOURCE_DATE_EPOCH no file of a layer is younger, so that `rewrite-timestamp` has nothing to rewrite. Error: UsageError for what
 * cannot be done.
 */
export function manifestWishes(fields: ReadonlyMap<string, string>, text: string): ManifestWishes {
  const refuse = (name: string, why: string): never => {
    throw new UsageError(`--output ${text}: ${name}: ${why}`, text);
  };
  const annotations: Record<string, string> = {};
  let oci = false;
  const isArchive = (fields.get('dest') ?? '') !== '' || fields.get('type') === 'oci';
  for (const [name, value] of fields) {
    if (OUTPUT_ATTRIBUTES.includes(name) || IGNORED.includes(name)) continue;
    const key = ANNOTATION.exec(name)?.[1];
    const isOn = parseGoBool(value || 'true');
    const fixed = Object.hasOwn(FIXED, name) ? FIXED[name] : undefined;
    if (key !== undefined) {
      if (isArchive) refuse(name, 'annotations are written where an image is pushed, not into archives');
      annotations[key] = value;
    } else if (name.startsWith('annotation'))
      refuse(name, 'annotations are written to manifests only: annotation.KEY=VALUE');
    else if (name === 'compression') {
      const own = isArchive ? 'uncompressed' : 'gzip';
      if (value !== own)
        refuse(
          name,
          `layers are ${own === 'gzip' ? 'compressed by gzip on their way out' : 'not compressed in an archive'}: it is ${own}`,
        );
    } else if (name === 'oci-mediatypes') {
      if (isOn === undefined || (!isOn && isArchive)) refuse(name, 'an archive is an OCI image layout: it is true');
      oci = isOn === true;
    } else if (fixed === undefined) {
      const known = [
        ...OUTPUT_ATTRIBUTES,
        'annotation.KEY',
        'compression',
        'oci-mediatypes',
        ...IGNORED,
        ...Object.keys(FIXED),
      ];
      throw new UsageError(`--output ${text}: ${name} is not one of ${known.join(', ')}`, text);
    } else if (isOn !== fixed.is) refuse(name, `it is ${fixed.is}: ${fixed.otherwise}`);
  }
  return { annotations, oci: oci || Object.keys(annotations).length > 0 };
}
