import * as z from 'zod/mini';
import { field, text } from './fields.ts';

const nullableMap = field(z.record(z.string(), z.string()), null);

/** Body of `POST /volumes/create`. */
export const VolumeCreate = z.object({
  Name: text,
  Driver: text,
  Labels: nullableMap,
  DriverOpts: nullableMap,
  /** A volume of a swarm. */
  ClusterVolumeSpec: field(z.unknown(), undefined),
});
export type VolumeCreate = z.output<typeof VolumeCreate>;
