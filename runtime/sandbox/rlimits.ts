/** Limits of resources by Docker's names, in the kernel's order (asm-generic/resource.h). */
export const RESOURCES: readonly string[] = [
  'cpu',
  'fsize',
  'data',
  'stack',
  'core',
  'rss',
  'nproc',
  'nofile',
  'memlock',
  'as',
  'locks',
  'sigpending',
  'msgqueue',
  'nice',
  'rtprio',
  'rttime',
];

/** The kernel's number for "no limit". */
export const UNLIMITED = 0xffffffffffffffffn;
