import type { DiffId } from '../core/image/digest.ts';
import type { StatsSample } from './engine/stats-sample.ts';

/** Extension → stats page. */
export type ToStatsPage =
  | { readonly type: 'container'; readonly id: string; readonly name: string; readonly image: string }
  /** What the host has sampled so far: sent when the page appears, so that a hidden page lost nothing it needs. */
  | { readonly type: 'history'; readonly samples: readonly StatsSample[] }
  | { readonly type: 'sample'; readonly sample: StatsSample }
  /** The container does not run, or the engine is away: the charts stand still. */
  | { readonly type: 'paused'; readonly reason: string };

/** Stats page → extension. */
export type FromStatsPage = { readonly type: 'ready' };

/** One file of a layer. */
export interface LayerFile {
  readonly path: string;
  readonly bytes: number;
  /** What it does to the layers below. */
  readonly change: 'added' | 'modified' | 'deleted';
  /** What a higher layer does to it: its bytes are in the image and of no use. */
  readonly hidden?: 'overwritten' | 'deleted';
}

/** One step of an image, lowest first. */
export interface LayerRow {
  /** What made it, as a Dockerfile says it. */
  readonly instruction: string;
  /** Absent for a step that made no layer. */
  readonly diffId?: DiffId;
  readonly bytes: number;
  /** Unix time, seconds. */
  readonly created: number;
  /** Absent where the engine cannot say. */
  readonly files?: readonly LayerFile[];
  /** How many files there are, where `files` is cut short. */
  readonly fileCount?: number;
  /** Bytes of this layer's files that a higher layer overwrites or deletes. */
  readonly wasted?: number;
}

/** What the layers page shows. */
export interface LayersOfImage {
  readonly reference: string;
  readonly id: string;
  /** Bytes of all layers. */
  readonly size: number;
  readonly rows: readonly LayerRow[];
  /** Bytes that higher layers hide, and how much of the image is of use (0–1); absent where the engine cannot say. */
  readonly wasted?: { readonly bytes: number; readonly efficiency: number };
  /** Why there are no files, where there are none. */
  readonly note?: string;
  /** Index into `rows` to bring into view. */
  readonly selected?: number;
}

/** Extension → layers page. */
export type ToLayersPage =
  | { readonly type: 'layers'; readonly layers: LayersOfImage }
  | { readonly type: 'failed'; readonly message: string };

/** Layers page → extension. */
export type FromLayersPage = { readonly type: 'ready' } | { readonly type: 'copy'; readonly text: string };
