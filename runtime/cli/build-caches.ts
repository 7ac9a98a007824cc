import { resolve } from 'node:path';
import { parseReference } from '../../core/image/reference.ts';
import type { LocalBuildRequest } from '../../protocol/local-build.ts';
import { UsageError } from './usage-error.ts';

type CacheSource = NonNullable<LocalBuildRequest['cacheFrom']>[number];
type CacheTarget = NonNullable<LocalBuildRequest['cacheTo']>[number];

/**
 * Reads `--cache-from`: `type=local,src=FOLDER`, `type=registry,ref=NAME`, or the name of an image alone. Error: UsageError.
 */
export function readCacheSources(texts: readonly string[]): CacheSource[] {
  return texts.map((text) => {
    if (!text.includes('=')) return { ref: readName(text, text) };
    const fields = fieldsOf(text, ['type', 'src', 'ref']);
    const [src, ref] = [fields.get('src'), fields.get('ref')];
    if (fields.get('type') === 'local' && src) return { folder: resolve(src) };
    if (fields.get('type') === 'registry' && ref) return { ref: readName(ref, text) };
    throw unusable(text, 'type=local,src=FOLDER, type=registry,ref=NAME or NAME');
  });
}

/** Reads `--cache-to`: `type=local,dest=FOLDER`, `type=registry,ref=NAME[,mode=min|max]` or `type=inline`. Error: UsageError. */
export function readCacheTargets(texts: readonly string[]): CacheTarget[] {
  return texts.map((text) => {
    const fields = fieldsOf(text, ['type', 'dest', 'ref', 'mode']);
    const [type, dest, ref, mode = 'min'] = ['type', 'dest', 'ref', 'mode'].map((name) => fields.get(name));
    if (mode !== 'min' && mode !== 'max') throw new UsageError(`"${text}": mode is min or max`, text);
    if (type === 'local' && dest) return { folder: resolve(dest) };
    if (type === 'registry' && ref) return { ref: readName(ref, text), mode };
    if (type === 'inline') return { inline: true };
    throw unusable(text, 'type=local,dest=FOLDER, type=registry,ref=NAME[,mode=max] or type=inline');
  });
}

function fieldsOf(text: string, known: readonly string[]): ReadonlyMap<string, string> {
  const fields = text.split(',').map((field): [string, string] => {
    const at = field.indexOf('=');
    return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
  });
  const unknown = fields.find(([name]) => !known.includes(name));
  if (unknown === undefined) return new Map(fields);
  throw new UsageError(`"${text}": ${unknown[0]} is not one of ${known.join(', ')}`, text);
}

function readName(name: string, text: string): string {
  const parsed = parseReference(name);
  if (parsed.ok) return name;
  throw new UsageError(`"${text}": ${parsed.problem}`, text);
}

function unusable(text: string, forms: string): UsageError {
  return new UsageError(`"${text}" is no cache that can be used here: write ${forms}`, text);
}
