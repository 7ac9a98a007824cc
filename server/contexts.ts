import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContentDigests } from '../core/disk/content-digests.ts';
import { type DiskContext, readContext } from '../core/disk/read-context.ts';

/** Where a Dockerfile's context lies. */
export interface ContextPlace {
  /** Absolute. */
  readonly root: string;
  readonly dockerfile: string;
}

/** The context of a Dockerfile is the folder that it lies in; undefined for what is no file. */
export function contextPlace(uri: string): ContextPlace | undefined {
  if (!uri.startsWith('file:')) return undefined;
  const dockerfile = fileURLToPath(uri);
  return { root: dirname(dockerfile), dockerfile };
}

interface Remembered {
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

  /** Counts the changes in a context: what was computed under an older number is stale. */
  generation(root: string): number {
    return this.generations.get(root) ?? 0;
  }

  /** Walks a context, or gives what an earlier walk found. Error: what the file system says; TimeoutError. */
  read(place: ContextPlace): Promise<DiskContext> {
    const generation = this.generation(place.root);
    if (!this.generations.has(place.root)) this.generations.set(place.root, 0);
    const known = this.remembered.get(place.dockerfile);
    if (known?.generation === generation) return known.context;
    const context = readContext(place.root, place.dockerfile, AbortSignal.timeout(LONGEST_WALK));
    const remembered: Remembered = { generation, context };
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
      if (!uri.startsWith('file:')) continue;
      const path = fileURLToPath(uri);
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
