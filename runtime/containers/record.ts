import * as z from 'zod/mini';
import { parseDigest } from '../../core/image/digest.ts';
import { ContainerConfig } from '../../protocol/engine/container-config.ts';
import { EndpointRequest } from '../../protocol/engine/container-create.ts';
import { HostConfig } from '../../protocol/engine/host-config.ts';
import { parseContainerId } from './container-id.ts';
import { HealthState } from './health-state.ts';

/** A file system of a container beside its root, decided at create. */
export const MountPoint = z.object({
  type: z.enum(['bind', 'volume', 'tmpfs', 'image']),
  /** Name of the volume; of an image, as the user wrote it. */
  name: z.string(),
  /** Absolute path on the host; empty for a tmpfs, of an image its ID. */
  source: z.string(),
  /** Absolute path in the container. */
  destination: z.string(),
  readOnly: z.boolean(),
  /** As the user wrote it: `z`, `ro`. */
  mode: z.string(),
  propagation: z.string(),
  /** Whether an empty volume is filled from the image. */
  copyUp: z.boolean(),
  /** A volume that was made for this container and may go with it. */
  anonymous: z.boolean(),
  /** Mount options of a tmpfs. */
  options: z.array(z.string()),
  /** Path of what is mounted within the volume or image; all of it where absent. */
  subpath: z.optional(z.string()),
  /** What of a bind is read-only, where it is: with what is mounted below its source, or without. */
  readOnlyReach: z.optional(z.enum(['recursive', 'top'])),
  /** A bind without what is mounted below its source. */
  reach: z.optional(z.literal('top')),
});
export type MountPoint = z.output<typeof MountPoint>;

const Status = z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']);
/** What a container does. */
export type ContainerStatus = z.output<typeof Status>;

const State = z.object({
  status: Status,
  exitCode: z.number(),
  error: z.string(),
  oomKilled: z.boolean(),
  /** RFC 3339. */
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Somebody stopped it on purpose, or sent it a signal: `unless-stopped` does not apply. */
  stopped: z.boolean(),
});
export type ContainerState = z.output<typeof State>;

const branded = <T extends string>(parse: (text: string) => T | undefined) =>
  z.pipe(
    z.string(),
    z.transform((text, context): T => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: 'no such name', input: text });
      return z.NEVER;
    }),
  );

/** All that is kept of a container, one document each. */
export const ContainerRecord = z.object({
  version: z.literal(1),
  id: branded(parseContainerId),
  name: z.string(),
  /** RFC 3339. */
  created: z.string(),
  imageId: branded(parseDigest),
  /** As the user asked for it. */
  image: z.string(),
  config: ContainerConfig,
  hostConfig: HostConfig,
  networks: z.record(z.string(), EndpointRequest),
  /** IDs by name of the networks that it was on when it last ran; absent before that. */
  networkIds: z.optional(z.record(z.string(), z.string())),
  mounts: z.array(MountPoint),
  state: State,
  restartCount: z.number(),
  /** Where it is tested; as it was when the rest was written. */
  health: z.optional(HealthState),
});
export type ContainerRecord = z.output<typeof ContainerRecord>;
