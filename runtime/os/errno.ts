/** True where a system call gave one of these errors, whether Node or `syscalls.ts` made it. */
export function hasErrno(error: unknown, ...names: readonly string[]): boolean {
  if (!(error instanceof Error)) return false;
  const name = 'errnoName' in error ? error.errnoName : 'code' in error ? error.code : undefined;
  return typeof name === 'string' && names.includes(name);
}
