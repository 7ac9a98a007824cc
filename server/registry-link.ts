import { putWithin } from '../core/match/bounded-map.ts';
import { type RegistryImage, registryName } from '../core/registry/registry-image.ts';
import { RegistryImages, type RegistryImagesResult, RegistryNames, type RegistryNamesResult } from '../protocol/lsp.ts';
import { withinPatience } from './patience.ts';

/** Milliseconds for which an answer holds, and after which a registry that did not answer is asked again. */
const HOLDS = 30 * 60_000;
const RETRY = 2 * 60_000;
/** Milliseconds that somebody who asks for it waits for an answer; nobody else waits for one. */
const PATIENCE = 3000;
/** Names that are remembered: somebody who types makes many that nobody means. */
const MOST = 2000;

interface Entry {
  readonly askedAt: number;
  readonly answer: Promise<RegistryImage | undefined>;
  /** Once it is there. */
  told?: RegistryImage | undefined;
}

/** What registries say of images: asked by the extension, once for each, and never waited for where somebody types. */
export class RegistryLink {
  private readonly images = new Map<string, Entry>();
  private readonly names = new Map<string, { readonly askedAt: number; readonly names: Promise<readonly string[]> }>();

  /** `request` gives undefined where the client does not answer; `news` is called when an answer is another one. */
  constructor(
    private readonly request: <Result>(method: string, params: object) => Promise<Result | undefined>,
    private readonly news: () => void,
  ) {}

  /** What is known of an image by now, by its name in the registry. */
  known(name: string): RegistryImage | undefined {
    return this.images.get(name)?.told;
  }

  /** Has registries asked about images that FROM names, as far as that was not done lately. */
  ask(references: readonly string[]): void {
    const names = references.flatMap((reference) => registryName(reference) ?? []);
    const stale = [...new Set(names)].filter((name) => !this.isFresh(name));
    if (stale.length === 0) return;
    const result = this.request<RegistryImagesResult>(RegistryImages, { names: stale });
    const before = stale.map((name) => this.known(name));
    const entries = stale.map((name, index): Entry => {
      const entry: Entry = {
        askedAt: Date.now(),
        told: before[index],
        answer: result.then((answer) => {
          // A registry that is out of reach for a moment takes nothing back.
          entry.told = answer?.images[name] ?? entry.told;
          return entry.told;
        }),
      };
      putWithin(this.images, name, entry, MOST);
      return entry;
    });
    void Promise.all(entries.map(({ answer }) => answer)).then((answers) => {
      if (JSON.stringify(answers) !== JSON.stringify(before)) this.news();
    });
  }

  /** What a registry says of an image; undefined where it does not answer in time. */
  async of(reference: string): Promise<RegistryImage | undefined> {
    this.ask([reference]);
    const entry = this.images.get(registryName(reference) ?? '');
    return entry && withinPatience(entry.answer, PATIENCE);
  }

  /** Tags or repositories that begin as is written: `node:`, `localhost:5000/`. */
  async namesFor(written: string): Promise<readonly string[]> {
    const known = this.names.get(written);
    if (known !== undefined && Date.now() - known.askedAt < RETRY) {
      return (await withinPatience(known.names, PATIENCE)) ?? [];
    }
    const names = this.request<RegistryNamesResult>(RegistryNames, { written }).then((answer) => answer?.names ?? []);
    putWithin(this.names, written, { askedAt: Date.now(), names }, MOST);
    return (await withinPatience(names, PATIENCE)) ?? [];
  }

  private isFresh(name: string): boolean {
    const entry = this.images.get(name);
    if (entry === undefined) return false;
    return Date.now() - entry.askedAt < (entry.told === undefined ? RETRY : HOLDS);
  }
}
