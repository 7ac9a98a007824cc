import { type ContextListing, listContext } from '../../core/disk/list-context.ts';
import { type ParsedIgnore, parseIgnore } from '../../core/ignore/ignore.ts';
import { type IgnoreEffect, measureIgnore } from '../../core/ignore/measure.ts';
import { within } from '../../core/time/within.ts';
import { localPath } from '../local-path.ts';

/** Milliseconds after which a listing is given up. */
const LONGEST_LISTING = 20_000;

/** One version of a .dockerignore. */
export class IgnoreReading {
  readonly lines: readonly string[];
  readonly parsed: ParsedIgnore;
  private measured: { readonly listing: ContextListing; readonly effect: IgnoreEffect } | undefined;

  constructor(
    readonly uri: string,
    readonly version: number,
    text: string,
    private readonly listings: ContextListings,
  ) {
    this.lines = text.split(/\r?\n/);
    this.parsed = parseIgnore(text);
  }

  /** The context's paths; undefined where there is no folder, or it cannot be read. */
  listing(): Promise<ContextListing | undefined> {
    return this.listings.of(this.uri);
  }

  /** What each line does. */
  async effect(): Promise<IgnoreEffect | undefined> {
    const listing = await this.listing();
    if (listing === undefined) return undefined;
    if (this.measured?.listing !== listing) {
      this.measured = { listing, effect: measureIgnore(listing.paths, this.parsed.value) };
    }
    return this.measured.effect;
  }
}

/** What lies in the contexts of .dockerignore files: listed once, until a file comes, goes or is saved. */
export class ContextListings {
  private readonly known = new Map<string, Promise<ContextListing | undefined>>();

  /** `rootOf`: the context that an ignore file is of; undefined where there is none. */
  constructor(private readonly rootOf: (uri: string) => string | undefined) {}

  of(uri: string): Promise<ContextListing | undefined> {
    const root = this.rootOf(uri);
    if (root === undefined) return Promise.resolve(undefined);
    const known = this.known.get(root) ?? list(root);
    this.known.set(root, known);
    return known;
  }

  /** Takes note of files that changed; says whether a listing is stale. */
  touch(uris: readonly string[]): boolean {
    const paths = uris.flatMap((uri) => localPath(uri) ?? []);
    let isStale = false;
    for (const root of [...this.known.keys()]) {
      if (!paths.some((path) => path.startsWith(`${root}/`))) continue;
      this.known.delete(root);
      isStale = true;
    }
    return isStale;
  }
}

async function list(root: string): Promise<ContextListing | undefined> {
  try {
    return await listContext(root, within(LONGEST_LISTING));
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
