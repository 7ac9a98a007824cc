import { hasErrno } from './errno.ts';
import { cString, libcFunction, type RawPath, SystemCallError, showPath } from './libc.ts';

const libc = {
  lsetxattr: libcFunction(
    'lsetxattr',
    'int lsetxattr(const void *path, const void *name, const void *value, size_t size, int flags)',
  ),
  lgetxattr: libcFunction('lgetxattr', 'long lgetxattr(const void *path, const void *name, void *value, size_t size)'),
  llistxattr: libcFunction('llistxattr', 'long llistxattr(const void *path, void *list, size_t size)'),
  lremovexattr: libcFunction('lremovexattr', 'int lremovexattr(const void *path, const void *name)'),
};

/** An attribute's name; bytes, since file systems promise no encoding. */
export type XattrName = RawPath;

/** Sets an extended attribute of the file itself, never of what a symbolic link points to (lsetxattr(2)). */
export function setXattr(path: RawPath, name: XattrName, value: Uint8Array): void {
  libc.lsetxattr(`${showPath(name)} of ${showPath(path)}`, cString(path), cString(name), value, value.length, 0);
}

/** The attribute's value; undefined where the file has none of that name, is not there, or its file system has no attributes. */
export function getXattr(path: RawPath, name: XattrName): Buffer | undefined {
  return read((buffer) => libc.lgetxattr(showPath(path), cString(path), cString(name), buffer, buffer?.length ?? 0));
}

/** Names of the file's attributes in the kernel's order; empty where its file system has none, or it is not there. */
export function listXattrs(path: RawPath): Buffer[] {
  const cPath = cString(path);
  const list = read((buffer) => libc.llistxattr(showPath(path), cPath, buffer, buffer?.length ?? 0));
  const names: Buffer[] = [];
  if (list === undefined) return names;
  for (let start = 0; start < list.length; ) {
    const end = list.indexOf(0, start);
    names.push(Buffer.from(list.subarray(start, end)));
    start = end + 1;
  }
  return names;
}

/** Removes an attribute; one that is not there is no error. */
export function removeXattr(path: RawPath, name: XattrName): void {
  try {
    libc.lremovexattr(showPath(path), cString(path), cString(name));
  } catch (error) {
    if (!hasErrno(error, 'ENODATA')) throw error;
  }
}

/** Reads into a buffer that mostly suffices, and asks for the size where it does not. */
function read(call: (buffer: Buffer | null) => number): Buffer | undefined {
  for (let size = 256; ; ) {
    const buffer = Buffer.alloc(size);
    try {
      return buffer.subarray(0, call(buffer));
    } catch (error) {
      if (hasErrno(error, 'ENODATA', 'EOPNOTSUPP', 'ENOTSUP', 'ENOENT')) return undefined;
      if (!(error instanceof SystemCallError) || !hasErrno(error, 'ERANGE')) throw error;
      size = Math.max(call(null), size * 2);
    }
  }
}
