import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConfigPlace, type FoundConfig, findHadolintConfig } from '../core/disk/find-hadolint-config.ts';
import { type HadolintConfig, joinConfigs, settingsOf } from '../core/lint/hadolint-config.ts';
import { DEFAULT_SETTINGS, type LintSettings } from '../core/lint/lint-settings.ts';
import { editorConfig, problemLimit } from './editor-config.ts';
import { DEFAULT_LIMIT } from './limited-diagnostics.ts';

const NONE: HadolintConfig = {};

/** How each Dockerfile is to be judged: `.hadolint.yaml`, then the editor's settings. Read off the typing path. */
export class SettingsStore {
  private editor: HadolintConfig = {};
  private limit = DEFAULT_LIMIT;
  private joined = new Map<HadolintConfig, LintSettings>();
  private folders: readonly string[] = [];
  private readonly files = new Map<
    string,
    { readonly found: Promise<FoundConfig | undefined>; config?: HadolintConfig }
  >();

  /** `home`: where a user's own configuration lies; `changed` is called when one was read. */
  constructor(
    private readonly home: Pick<ConfigPlace, 'home' | 'configHome'>,
    private readonly changed: () => void,
    private readonly complain: (message: string) => void,
  ) {}

  /** Takes what the editor says of its settings and its folders. */
  configure(settings: unknown, folders: readonly string[]): void {
    // How far up a configuration is looked for hangs on them.
    if (folders.join('\0') !== this.folders.join('\0')) this.files.clear();
    this.editor = editorConfig(settings);
    this.limit = problemLimit(settings);
    this.joined = new Map();
    this.folders = folders;
  }

  /** How many diagnostics a document may have at most. */
  get problemLimit(): number {
    return this.limit;
  }

  /** The settings of a document, as far as they are read; asks for its configuration where that was not done. */
  of(uri: string): LintSettings {
    const config = uri.startsWith('file:') ? this.fileConfig(dirname(fileURLToPath(uri))) : NONE;
    if (config === undefined) return DEFAULT_SETTINGS;
    const known = this.joined.get(config);
    if (known) return known;
    const settings = settingsOf(joinConfigs([config, this.editor]));
    this.joined.set(config, settings);
    return settings;
  }

  /** Waits until a document's configuration is read. */
  async ready(uri: string): Promise<void> {
    if (!uri.startsWith('file:')) return;
    const folder = dirname(fileURLToPath(uri));
    this.fileConfig(folder);
    await this.files.get(folder)?.found;
  }

  /** Takes note of files that changed. */
  touch(uris: readonly string[]): void {
    if (!uris.some((uri) => /\/\.?(?:hadolint|config)\.ya?ml$/.test(uri))) return;
    this.files.clear();
    this.joined.clear();
    this.changed();
  }

  private fileConfig(folder: string): HadolintConfig | undefined {
    const known = this.files.get(folder);
    if (known) return known.config;
    const top = this.folders.find((each) => folder === each || folder.startsWith(`${each}/`)) ?? folder;
    const entry: { found: Promise<FoundConfig | undefined>; config?: HadolintConfig } = {
      found: findHadolintConfig({ folder, top, ...this.home }).catch((error: unknown) => {
        this.complain(`the configuration of ${folder} was not read: ${String(error)}`);
        return undefined;
      }),
    };
    this.files.set(folder, entry);
    void entry.found.then((found) => {
      if (found?.problem !== undefined) this.complain(`the configuration ${found.file} ${found.problem}`);
      entry.config = found?.config ?? NONE;
      if (found !== undefined) this.changed();
    });
    return undefined;
  }
}
