import { EngineError, invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { escapes, splitPath } from './contained-path.ts';
import { shownName } from './shown-name.ts';
import type { TarEntry } from './tar-entry.ts';

/** Said before thousands of directories are made for it. */
export function tooLong({ name }: TarEntry): EngineError {
  return invalid({
    code: 'name-invalid',
    message: `the archive is refused: its entry ${shownName(name)} has a name that is too long`,
    subject: name.toString(),
  });
}

/** A layer's names are relative (OCI image-spec, layer.md): one from the root on means the machine's. */
export function refuseOutside({ name }: TarEntry): void {
  if (name[0] === SLASH && splitPath(name).length > 0) throw escapes(name);
}

/** What the file system says of a name that it cannot hold is the archive's fault, not the machine's. */
export function namingEntry(error: unknown, { name }: TarEntry): unknown {
  const shown = shownName(name);
  const subject = name.toString();
  if (error instanceof EngineError) {
    if (error.kind !== 'invalid' || error.message.includes(shown)) return error;
    const { code, message, remedies } = error;
    return invalid({ code, message: `${message}, at its entry ${shown}`, subject, cause: error, remedies });
  }
  const why = BAD_NAMES.find(([errno]) => hasErrno(error, errno))?.[1];
  if (why === undefined) return error;
  return invalid({
    code: 'name-invalid',
    message: `the archive is refused: its entry ${shown} ${why}`,
    subject,
    cause: error,
  });
}

const SLASH = 0x2f;
/** Bytes that the kernel takes as one path. */
export const LONGEST_PATH = 4095;
const BAD_NAMES: readonly (readonly [string, string])[] = [
  ['ENAMETOOLONG', 'has a name that is too long'],
  ['ELOOP', 'stands below links that go in circles'],
  ['ENOTDIR', 'stands below something that is no directory'],
];
