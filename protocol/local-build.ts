import * as z from 'zod/mini';
import { DigestText } from '../core/image/schema.ts';

/** Most bytes of a secret, as in BuildKit. */
export const MOST_SECRET_BYTES = 500 * 1024;

/**
 * Body of `POST /lapstrake/build`, whose query is that of `POST /build`: a build whose context the engine reads where it
 * lies, since whoever asks works on the same machine; or fetches from elsewhere.
 */
export const LocalBuildRequest = z.object({
  context: z.union([
    z.object({
      /** The context's folder, absolute. */
      folder: z.string(),
      /** What the client sees at that path: an engine that sees another folder there says so instead of building it. */
      identity: z.object({ device: z.string(), inode: z.string() }),
      /** The Dockerfile, absolute; it may lie outside the context. */
      dockerfile: z.string(),
    }),
    /** A Git repository, or an http or https address of an archive or a Dockerfile; `dockerfile` is its path in there. */
    z.object({ remote: z.string(), dockerfile: z.optional(z.string()) }),
  ]),
  /**
   * What stands for names in FROM, `--from` and mounts: folders, those of OCI image layouts too, are absolute, addresses are
   * as `remote` above.
   */
  namedContexts: z.optional(
    z.record(
      z.string(),
      z.union([
        z.object({ folder: z.string() }),
        z.object({ image: z.string() }),
        z.object({ remote: z.string() }),
        z.object({
          layout: z.object({ folder: z.string(), tag: z.optional(z.string()), digest: z.optional(DigestText) }),
        }),
      ]),
    ),
  ),
  /**
   * Where what was built is taken over from, and goes to (`--cache-from`, `--cache-to`): folders, absolute; references of
   * caches and images in registries; the image's own config.
   */
  cacheFrom: z.optional(z.array(z.union([z.object({ folder: z.string() }), z.object({ ref: z.string() })]))),
  cacheTo: z.optional(
    z.array(
      z.union([
        z.object({ folder: z.string() }),
        z.object({ ref: z.string(), mode: z.enum(['min', 'max']) }),
        z.object({ inline: z.literal(true) }),
      ]),
    ),
  ),
  /** For `RUN --mount=type=secret`, Base64 by id. */
  secrets: z.optional(z.record(z.string(), z.string())),
  /** The answer is to be that of `POST /build` instead of `BuildLine`s. */
  classic: z.optional(z.boolean()),
  /** For `RUN --mount=type=ssh`: sockets of SSH agents, absolute, by id. */
  sshAgents: z.optional(z.record(z.string(), z.string())),
});
export type LocalBuildRequest = z.output<typeof LocalBuildRequest>;
