/** True where a system call gave one of these errors, whether Node or `syscalls.ts` made it. */
export function hasErrno(error: unknown, ...names: readonly string[]): boolean {
  if (!(error instanceof Error)) return false;
  const name = 'errnoName' in error ? error.errnoName : 'code' in error ? error.code : undefined;
  return typeof name === 'string' && names.includes(name);
}

/** What the kernel said, in its words where Node knows them: `no such file or directory`. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /^E[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
}
