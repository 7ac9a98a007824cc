import { dirname, relative, sep } from 'node:path';
import { ContentDigests } from '../core/disk/content-digests.ts';
import { type DiskContext, readContext } from '../core/disk/read-context.ts';
import { within } from '../core/time/within.ts';
import { type BuildContexts, contextFolder } from '../protocol/build-contexts.ts';
import { localPath } from './local-path.ts';

/** Where a Dockerfile's context lies. */
export interface ContextPlace {
  /** Absolute. */
  readonly root: string;
  readonly dockerfile: string;
}

interface Remembered {
  readonly root: string;
  readonly generation: number;
  readonly context: Promise<DiskContext>;
  /** Once it is walked. */
  walked?: DiskContext;
}

/** Milliseconds after which a walk is given up: somebody opened a Dockerfile at the root of a disk. */
const LONGEST_WALK = 20_000;

/** Build contexts, walked once until a file in them changes. */
export class Contexts {
  readonly digests = new ContentDigests();
  private readonly remembered = new Map<string, Remembered>();
  private readonly generations = new Map<string, number>();
  private folders: readonly string[] = [];
  private contexts: BuildContexts = {};

  /** Takes the workspace's folders, absolute, and what the editor's settings say of contexts. */
  configure(folders: readonly string[], contexts: BuildContexts): void {
    this.folders = folders;
    this.contexts = contexts;
  }

  /** Where the context of a Dockerfile lies; undefined for what is no file. */
  placeOf(uri: string): ContextPlace | undefined {
    const dockerfile = localPath(uri);
    if (dockerfile === undefined) return undefined;
    return { root: contextFolder(dockerfile, this.folders, this.contexts), dockerfile };
  }

  /** The context that an ignore file is of: that of the Dockerfile that it is named after, else the folder that it lies in. */
  rootOfIgnore(uri: string): string | undefined {
    const file = localPath(uri);
    if (file === undefined) return undefined;
    const dockerfile = /^(.*[^/])\.dockerignore$/.exec(file)?.[1];
    return dockerfile === undefined ? dirname(file) : contextFolder(dockerfile, this.folders, this.contexts);
  }

  /** Counts the changes in a context: what was computed under an older number is stale. */
  generation(root: string): number {
    return this.generations.get(root) ?? 0;
  }

  /** Walks a context, or gives what an earlier walk found. Error: what the file system says; TimeoutError. */
  read(place: ContextPlace): Promise<DiskContext> {
    const generation = this.generation(place.root);
    if (!this.generations.has(place.root)) this.generations.set(place.root, 0);
    const known = this.remembered.get(place.dockerfile);
    if (known?.generation === generation && known.root === place.root) return known.context;
    const context = readContext(place.root, place.dockerfile, within(LONGEST_WALK));
    const remembered: Remembered = { root: place.root, generation, context };
    this.remembered.set(place.dockerfile, remembered);
    context.then(
      (walked) => {
        remembered.walked = walked;
      },
      () => undefined,
    );
    return context;
  }

  /** Forgets the context of a Dockerfile that nobody looks at any more. */
  forget({ dockerfile }: ContextPlace): void {
    this.remembered.delete(dockerfile);
  }

  /** Takes note of files that changed; says whether a context is concerned. */
  touch(uris: readonly string[]): boolean {
    let isConcerned = false;
    for (const uri of uris) {
      const path = localPath(uri);
      if (path === undefined) continue;
      for (const [root, generation] of this.generations) {
        if ((path !== root && !path.startsWith(root + sep)) || this.isIgnored(root, path)) continue;
        this.generations.set(root, generation + 1);
        isConcerned = true;
      }
    }
    return isConcerned;
  }

  /** Whether .dockerignore keeps a file out of every context at that root. */
  private isIgnored(root: string, path: string): boolean {
    const contexts = [...this.remembered.values()].flatMap(({ walked }) => (walked?.root === root ? [walked] : []));
    const inside = relative(root, path);
    return (
      contexts.length > 0 &&
      !path.endsWith('.dockerignore') &&
      contexts.every(({ ignore }) => ignore.walkTo(inside).ignored)
    );
  }
}
