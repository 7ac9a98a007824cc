import { type ArchiveLimits, DEFAULT_LIMITS } from '../archive/limits.ts';
import { invalid } from '../errors.ts';

/** What `--limit NAME=N` calls the limits. */
const NAMES: Readonly<Record<string, keyof ArchiveLimits>> = {
  'layer-bytes': 'layerBytes',
  'layer-entries': 'layerEntries',
  'archive-bytes': 'archiveBytes',
  'archive-entries': 'archiveEntries',
  'image-layers': 'imageLayers',
  'document-bytes': 'documentBytes',
};
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Names that `--limit` takes. */
export const LIMIT_NAMES: readonly string[] = Object.keys(NAMES);

/** The default limits with those of the command line instead: `layer-bytes=8g`. Error: EngineError `invalid`. */
export function parseLimits(texts: readonly string[]): ArchiveLimits {
  const limits: { -readonly [K in keyof ArchiveLimits]: number } = { ...DEFAULT_LIMITS };
  for (const text of texts) {
    const [, name = '', digits = '', unit = ''] = /^([a-z-]+)=(\d{1,15})([kmgt]?)$/i.exec(text) ?? [];
    const limit = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
    const value = Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
    if (limit === undefined || value < 1 || !Number.isSafeInteger(value)) {
      throw invalid({
        code: 'option-invalid',
        message: `--limit: NAME=N with a name of ${LIMIT_NAMES.join(', ')} and a number such as 500 or 64g, not ${text}`,
        subject: '--limit',
      });
    }
    limits[limit] = value;
  }
  return limits;
}
