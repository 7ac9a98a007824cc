const ARCHIVE = /\.(?:tar|Z|bz2|gz|lz|lzma|tZ|tb2|tbz|tbz2|tgz|tlz|tpz|txz|xz|zst|tzst)$/;

/** Whether a path names an archive by its ending. */
export function isArchive(path: string): boolean {
  return ARCHIVE.test(unquoted(path));
}

/** Whether a source of ADD is fetched. */
export function isRemote(path: string): boolean {
  return /^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/)/.test(unquoted(path));
}

/** A word without the quotes around it. */
export function unquoted(text: string): string {
  return text.replace(/^["']+|["']+$/g, '');
}
