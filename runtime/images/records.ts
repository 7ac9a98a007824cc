import type { DiffId, Digest, ImageId } from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';

/** What `GET /images/json` tells of an image. */
export interface ImageSummary {
  readonly Containers: number;
  /** Unix time, seconds. */
  readonly Created: number;
  readonly Id: ImageId;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly ParentId: string;
  readonly RepoDigests: readonly string[];
  readonly RepoTags: readonly string[];
  readonly SharedSize: number;
  /** Of the image's manifest, or of the index of several. */
  readonly Descriptor: ManifestDescriptor;
  /** Where they were asked for. */
  readonly Manifests?: readonly ImageManifest[];
  /** Bytes of all layers. */
  readonly Size: number;
}

/** `Config` of `GET /images/{name}/json`. */
export type ConfigRecord = Readonly<Record<string, unknown>>;

/** What `GET /images/{name}/json` tells. */
export interface ImageInspect {
  readonly Id: ImageId;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Parent: string;
  readonly Comment: string;
  readonly Created: string | undefined;
  readonly Container: string;
  readonly ContainerConfig: ConfigRecord;
  readonly DockerVersion: string;
  readonly Author: string;
  readonly Config: ConfigRecord;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  readonly Size: number;
  readonly GraphDriver: { readonly Data: Readonly<Record<string, string>> | null; readonly Name: string };
  readonly RootFS: { readonly Type: 'layers'; readonly Layers: readonly DiffId[] };
  readonly Metadata: { readonly LastTagTime: string };
  /** Of the image's manifest, or of the index of several. */
  readonly Descriptor: ManifestDescriptor;
  /** One for each platform that the name means. */
  readonly Manifests: readonly ImageManifest[];
}

/** What a manifest is found by (OCI image-spec, descriptor.md). */
export interface ManifestDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** Of a container's image. */
  readonly platform?: Platform;
}

/** One platform of an image. */
export interface ImageManifest {
  readonly ID: Digest;
  readonly Descriptor: ManifestDescriptor;
  readonly Available: true;
  readonly Kind: 'image';
  readonly Size: { readonly Content: number; readonly Total: number };
  readonly ImageData: {
    readonly Platform: { readonly architecture: string; readonly os: string; readonly variant?: string };
    /** IDs. */
    readonly Containers: readonly string[];
    readonly Size: { readonly Unpacked: number };
  };
}

/** One step of `GET /images/{name}/history`, the newest first. */
export interface HistoryRow {
  readonly Comment: string;
  /** Unix time, seconds. */
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Id: string;
  /** Bytes. */
  readonly Size: number;
  readonly Tags: readonly string[] | null;
}

/** What a removal did, one thing each (`DELETE /images/{name}`). */
export type RemovedImage = { readonly Untagged: string } | { readonly Deleted: string };

/** A file of a layer. */
export interface LayerFileRow {
  readonly path: string;
  /** Bytes; of a deleted file, those that the layers below hold in vain. */
  readonly bytes: number;
  readonly change: 'added' | 'modified' | 'deleted';
  /** Whether a higher layer overwrites or deletes it. */
  readonly hidden?: 'overwritten' | 'deleted';
}

/** A step of an image with what it brought. */
export interface LayerListingRow {
  readonly instruction: string;
  /** Absent for a step that made no layer. */
  readonly diffId?: DiffId;
  readonly bytes: number;
  /** Unix time, seconds. */
  readonly created: number;
  readonly files?: readonly LayerFileRow[];
  /** How many files there are; `files` may be cut short. */
  readonly fileCount?: number;
  /** Bytes of this layer's files that a higher layer overwrites or deletes. */
  readonly wasted?: number;
}

/** `GET /lapstrake/images/{name}/layers`. */
export interface LayerListing {
  readonly id: ImageId;
  readonly tags: readonly string[];
  readonly size: number;
  /** Lowest first. */
  readonly rows: readonly LayerListingRow[];
  /** 0–1, and bytes, as dive counts them. */
  readonly efficiency: number;
  readonly wastedBytes: number;
  /** Wasted bytes over the bytes of all layers but the lowest. */
  readonly wastedUserPercent: number;
}
