/** A volume as the Docker Engine API shows it (`Volume`), field for field. */
export interface VolumeRecord {
  /** RFC 3339, whole seconds. */
  readonly CreatedAt: string;
  readonly Driver: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  /** Absolute path of the folder that is mounted into containers. */
  readonly Mountpoint: string;
  readonly Name: string;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Scope: 'local';
}

/** A volume as it is while somebody uses it. */
export interface MountedVolume {
  /** Whether it outlives those that use it. */
  readonly content: 'kept' | 'passing';
  /** Whether it is the engine's own folder, or what somebody had mounted there. */
  readonly folder: 'own' | 'mounted';
}

export interface VolumeCreateOptions {
  /** 64 hex digits are made up where undefined or empty: an anonymous volume. */
  readonly name?: string | undefined;
  readonly driver?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
  readonly driverOptions?: Readonly<Record<string, string>> | null | undefined;
}

/**
 * Folders that outlive containers.
 *
 * Errors: EngineError `not-found` with Docker's `get NAME: no such volume`, `conflict` for a volume in use, `invalid` for
 * a bad name or bad options, `not-found` for another driver than `local`.
 */
export interface Volumes {
  /** A volume that exists already is given as it is, as Docker does. */
  create(options?: VolumeCreateOptions): Promise<VolumeRecord>;
  inspect(name: string): Promise<VolumeRecord>;
  /** Sorted by name. */
  list(): Promise<VolumeRecord[]>;
  /** Throws `conflict` while `acquire`d. */
  remove(name: string): Promise<void>;
  /** Removes the volumes that nobody uses and `filter` accepts; gives their names and sizes in bytes. */
  prune(filter?: (volume: VolumeRecord, anonymous: boolean) => boolean): Promise<{ names: string[]; bytes: number }>;
  /** Notes that a container uses the volume: it cannot be removed before `release`. */
  acquire(name: string, containerId: string): Promise<VolumeRecord>;
  /** Ends all uses by a container; gives the names of the volumes that it used. */
  release(containerId: string): string[];
  /**
   * Mounts what the volume's options say (`VolumeRecord.Options`), where nobody has it mounted yet, and notes that `user` has
   * it, until `unmount`. Error: EngineError `internal` where that cannot be mounted.
   */
  mount(name: string, user: string): Promise<MountedVolume>;
  /** Ends what a user has mounted; of each volume the mount, where it was the last. */
  unmount(user: string): Promise<void>;
  /** Ends the mounts that an earlier daemon left, and that nobody of this one has mounted. */
  unmountUnused(): Promise<void>;
  /** How many containers use a volume. */
  users(name: string): readonly string[];
  /** Bytes that the volume's files occupy. */
  size(name: string): Promise<number>;
  /** True until something was copied or written into it: an empty volume is filled from the image (copy-up). */
  isEmpty(name: string): Promise<boolean>;
  /** Removes half-made volumes that a crash left. A line for the log per thing removed. */
  recover(): Promise<string[]>;
}
