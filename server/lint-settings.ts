import { dirname } from 'node:path';
import { type ConfigPlace, type FoundConfig, findHadolintConfig } from '../core/disk/find-hadolint-config.ts';
import { type ConfigProblem, type HadolintConfig, joinConfigs, settingsOf } from '../core/lint/hadolint-config.ts';
import type { LintSettings } from '../core/lint/lint-settings.ts';
import { editorConfig, problemLimit } from './editor-config.ts';
import { DEFAULT_LIMIT } from './limited-diagnostics.ts';
import { localPath } from './local-path.ts';

const NONE: HadolintConfig = {};

/** Where what is wrong with configurations goes. */
export interface ConfigOutlet {
  /** A configuration cannot be read, or not wholly. */
  complain(message: string): void;
  /** What is wrong with the file now; `counts`: whether what is right in it is taken. */
  blame(file: string, problems: readonly ConfigProblem[], counts: boolean): void;
}

interface Entry {
  readonly found: Promise<FoundConfig | undefined>;
  config?: HadolintConfig;
}

/** How each Dockerfile is to be judged: `.hadolint.yaml`, then the editor's settings. Read off the typing path. */
export class SettingsStore {
  private editor: HadolintConfig = {};
  /** By folder, absolute: of a workspace of several. */
  private ofFolders: ReadonlyMap<string, HadolintConfig> = new Map();
  private limit = DEFAULT_LIMIT;
  private joined = new Map<HadolintConfig, Map<HadolintConfig, LintSettings>>();
  private folders: readonly string[] = [];
  private readonly files = new Map<string, Entry>();
  /** Configurations of which something is told. */
  private readonly blamed = new Set<string>();

  /** `home`: where a user's own configuration lies; `changed` is called when one was read. */
  constructor(
    private readonly home: Pick<ConfigPlace, 'home' | 'configHome'>,
    private readonly changed: () => void,
    private readonly outlet: ConfigOutlet,
  ) {}

  /** Takes what the editor says of its settings and its folders. */
  configure(settings: unknown, folders: readonly string[]): void {
    // How far up a configuration is looked for hangs on them.
    if (folders.join('\0') !== this.folders.join('\0')) this.forget();
    this.editor = editorConfig(settings);
    this.limit = problemLimit(settings);
    this.joined = new Map();
    this.folders = folders;
  }

  /** Takes what the editor says of its settings for single folders, absolute; for all else its other settings go. */
  configureFolders(settings: ReadonlyMap<string, unknown>): void {
    this.ofFolders = new Map([...settings].map(([folder, each]) => [folder, editorConfig(each)]));
    this.joined = new Map();
  }

  /** How many diagnostics a document may have at most. */
  get problemLimit(): number {
    return this.limit;
  }

  /** The settings of a document, as far as they are read; asks for its configuration where that was not done. */
  of(uri: string): LintSettings {
    const path = localPath(uri);
    const folder = path === undefined ? undefined : dirname(path);
    const config = (folder === undefined ? undefined : this.fileConfig(folder)) ?? NONE;
    const editor = (folder === undefined ? undefined : this.folderConfig(folder)) ?? this.editor;
    const joined = this.joined.get(editor) ?? new Map<HadolintConfig, LintSettings>();
    const settings = joined.get(config) ?? settingsOf(joinConfigs([config, editor]));
    this.joined.set(editor, joined.set(config, settings));
    return settings;
  }

  /** What the editor says of the innermost of its folders that has this one. */
  private folderConfig(folder: string): HadolintConfig | undefined {
    let innermost = '';
    for (const each of this.ofFolders.keys()) {
      if ((folder === each || folder.startsWith(`${each}/`)) && each.length > innermost.length) innermost = each;
    }
    return this.ofFolders.get(innermost);
  }

  /** Waits until a document's configuration is read. */
  async ready(uri: string): Promise<void> {
    const path = localPath(uri);
    if (path === undefined) return;
    const folder = dirname(path);
    this.fileConfig(folder);
    await this.files.get(folder)?.found;
  }

  /** Takes note of files that changed; says whether a configuration is among them. */
  touch(uris: readonly string[]): boolean {
    if (!uris.some((uri) => /\/\.?(?:hadolint|config)\.ya?ml$/.test(uri))) return false;
    this.forget();
    this.changed();
    return true;
  }

  private forget(): void {
    this.files.clear();
    this.joined.clear();
    for (const file of this.blamed) this.outlet.blame(file, [], true);
    this.blamed.clear();
  }

  private fileConfig(folder: string): HadolintConfig | undefined {
    const known = this.files.get(folder);
    if (known) return known.config;
    const top = this.folders.find((each) => folder === each || folder.startsWith(`${each}/`)) ?? folder;
    const entry: Entry = {
      found: findHadolintConfig({ folder, top, ...this.home }).catch((error: unknown) => {
        this.outlet.complain(`the configuration of ${folder} was not read: ${String(error)}`);
        return undefined;
      }),
    };
    this.files.set(folder, entry);
    void entry.found.then((found) => {
      entry.config = found?.config ?? NONE;
      // Meanwhile it may have changed, and is read anew.
      if (found === undefined || this.files.get(folder) !== entry) return;
      this.tell(found);
      this.changed();
    });
    return undefined;
  }

  private tell({ file, problem, problems, config }: FoundConfig): void {
    if (problem === undefined) return;
    this.outlet.complain(`the configuration ${file} ${problem}`);
    this.blamed.add(file);
    this.outlet.blame(file, problems, config !== undefined);
  }
}
