import * as z from 'zod/mini';

/** What the program that works on a container's files is told, as JSON in its first argument. */
export const FilesRequest = z.object({
  /** Absolute path of the mounted root. */
  root: z.string(),
  /** `mounts`: it has a mount namespace of its own. `chroot`: this machine allows none, so that volumes are not seen. */
  enter: z.enum(['mounts', 'chroot']),
  readonlyRoot: z.boolean(),
  /** What is mounted in the container beside its root, outer ones first. */
  mounts: z.array(z.object({ source: z.string(), destination: z.string(), readOnly: z.boolean() })),
  work: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('stat'), path: z.string() }),
    z.object({ kind: z.literal('get'), path: z.string() }),
    z.object({ kind: z.literal('export') }),
    z.object({
      kind: z.literal('put'),
      path: z.string(),
      /** A directory is never replaced by something else, nor the other way round. */
      keepKinds: z.boolean(),
      owner: z.optional(z.object({ uid: z.number(), gid: z.number() })),
    }),
  ]),
});
export type FilesRequest = z.output<typeof FilesRequest>;

/** The header `X-Docker-Container-Path-Stat`, before it is base64. */
export const PathStat = z.object({
  name: z.string(),
  size: z.number(),
  /** Go's `os.FileMode`. */
  mode: z.number(),
  /** RFC 3339. */
  mtime: z.string(),
  /** Where a symbolic link leads, from the container's root; else empty. */
  linkTarget: z.string(),
});
export type PathStat = z.output<typeof PathStat>;

/** The program's first line of output; what is archived follows it. */
export const FilesAnswer = z.union([
  z.object({ stat: PathStat }),
  z.object({ done: z.literal(true) }),
  z.object({
    failure: z.object({
      kind: z.enum(['not-found', 'invalid', 'forbidden', 'internal']),
      code: z.string(),
      message: z.string(),
    }),
  }),
]);
export type FilesAnswer = z.output<typeof FilesAnswer>;
