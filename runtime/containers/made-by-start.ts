/** What every container needs a place for in its root, and the directories above: Docker keeps these in a layer below. */
export const MADE_BY_START: ReadonlySet<string> = new Set([
  '/.dockerenv',
  '/dev',
  '/dev/console',
  '/dev/pts',
  '/dev/shm',
  '/etc',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/mtab',
  '/etc/resolv.conf',
  '/proc',
  '/sys',
]);
