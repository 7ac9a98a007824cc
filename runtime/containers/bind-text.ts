import { normalize } from 'node:path/posix';
import { invalid } from '../errors.ts';
import type { MountPoint } from './record.ts';

export const PROPAGATION = /^r?(shared|slave|private)$/;
/** What may stand behind the second colon of `-v`. */
const MODE = /^(ro|rw|z|Z|nocopy|consistent|cached|delegated|r?(shared|slave|private))$/;
const VOLUMES_FROM_MODE = /^(ro|rw|z|Z)$/;

/** Error: EngineError `invalid` with Docker's text. */
function checkMode(text: string, known: RegExp): void {
  const words = text.split(',').filter((word) => word !== '');
  const kinds = [/^r[ow]$/, /^z$/i, PROPAGATION, /^nocopy$/, /^(consistent|cached|delegated)$/];
  const isTold = kinds.every((kind) => words.filter((word) => kind.test(word)).length <= 1);
  if (isTold && words.every((word) => known.test(word))) return;
  throw invalid({ code: 'mount-invalid', message: `invalid mode: ${text}`, subject: text });
}

/** `--volumes-from`: whose, and whether they may be written. Error: EngineError `invalid`. */
export function parseVolumesFrom(text: string): { readonly container: string; readonly access: 'ro' | 'rw' } {
  const colon = text.indexOf(':');
  const [container, mode] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  if (container === '') throw bad(text, 'it names no container');
  checkMode(mode, VOLUMES_FROM_MODE);
  return { container, access: mode.split(',').includes('ro') ? 'ro' : 'rw' };
}

/** `-v` as a mount point; a volume without a name gets one when it is made. */
export function parseBind(text: string): MountPoint {
  const parts = text.split(':');
  const [first = '', second, options] = parts.length === 1 ? ['', text] : parts;
  if (parts.length > 3 || second === undefined || second === '') throw bad(text, 'too many or too few parts');
  if (!second.startsWith('/')) throw bad(text, `mount path must be absolute: '${second}'`);
  const destination = normalize(second).replace(/(.)\/$/, '$1');
  if (destination === '/') throw bad(text, "destination can't be '/'");
  const words = (options ?? '').split(',').filter((word) => word !== '');
  checkMode(options ?? '', MODE);
  const bind = first.startsWith('/');
  if (bind && words.includes('nocopy')) throw bad(text, 'nocopy is for volumes, not for folders of the host');
  if (first !== '' && !bind && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(first)) {
    throw bad(
      text,
      `"${first}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  return {
    type: bind ? 'bind' : 'volume',
    name: bind ? '' : first,
    source: bind ? normalize(first).replace(/(.)\/$/, '$1') : '',
    destination,
    readOnly: words.includes('ro'),
    mode: options ?? '',
    propagation: words.find((word) => PROPAGATION.test(word)) ?? (bind ? 'rprivate' : ''),
    copyUp: !bind && !words.includes('nocopy'),
    anonymous: !bind && first === '',
    options: [],
  };
}

function bad(text: string, why: string) {
  return invalid({ code: 'mount-invalid', message: `invalid volume specification: '${text}': ${why}`, subject: text });
}
