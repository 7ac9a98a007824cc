import type { EventBus } from '../events/event-bus.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { Log } from '../log.ts';
import type { Networks } from '../networks/networks.ts';
import type { SandboxDriver, SandboxFeatures } from '../sandbox/sandbox.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { FilesProgram } from './files/container-files.ts';
import type { Keepers } from './keepers.ts';

/** What containers stand on. */
export interface Floor {
  /** Folder for the containers' logs and files, absolute. */
  readonly folder: string;
  readonly images: Pick<ImageStore, 'resolve' | 'find' | 'manifestOf' | 'unpack' | 'hold' | 'discard'>;
  readonly snapshots: Snapshotter;
  readonly sandbox: SandboxDriver;
  readonly features: SandboxFeatures;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly files: FilesProgram;
  readonly keepers: Keepers;
  readonly events: EventBus;
  readonly log: Log;
  /** Number of CPUs of the machine. */
  readonly cpus: number;
  /** Numbers of the machine's nodes that have memory. */
  readonly memoryNodes: readonly number[];
  /** The machine's own name, for containers that share its network. */
  readonly hostname: string;
}
