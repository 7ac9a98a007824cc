import { emptyConfig, type RunConfig } from '../image/config.ts';
import { cleanPath } from '../match/clean-path.ts';
import { DEFAULT_PATH, DEFAULT_SHELL, isUsualDirectory } from './defaults.ts';

/** What a stage has come to while it is planned, instruction by instruction. A stage on top of it starts with a copy. */
export class StageScope {
  /** ENV and ARG in force. */
  readonly variables = new Map<string, string>();
  /** Names whose value in force comes from ARG. */
  readonly fromArguments = new Set<string>();
  /** Names that ARG declared, with or without a value. */
  readonly declared = new Set<string>();
  config: RunConfig = emptyConfig();
  author: string | undefined;
  /** Whether CMD was set in this very stage: ENTRYPOINT then leaves it. */
  cmdIsSet = false;
  /** False where what the base brings is not known. */
  baseKnown = true;
  /** True while every file of the stage is known: from scratch, and only COPY of known files since. */
  filesKnown = true;
  private readonly directories = new Set<string>(['/']);

  /** A scope for a stage on top of this one: ONBUILD triggers stay behind. */
  derive(): StageScope {
    const derived = new StageScope();
    for (const [name, value] of this.variables) derived.variables.set(name, value);
    for (const name of this.fromArguments) derived.fromArguments.add(name);
    for (const name of this.declared) derived.declared.add(name);
    for (const path of this.directories) derived.directories.add(path);
    derived.config = { ...this.config, OnBuild: [] };
    derived.author = this.author;
    derived.baseKnown = this.baseKnown;
    derived.filesKnown = this.filesKnown;
    return derived;
  }

  /** Takes over an image's config. */
  startFrom(config: RunConfig): void {
    this.config = { ...config, OnBuild: [] };
    if (config.WorkingDir !== '') this.addDirectory(cleanPath(`/${config.WorkingDir}`));
  }

  /** Puts the config's variables in force, PATH among them: once the base is known, before the first instruction. */
  begin(): void {
    if (!this.config.Env.some((entry) => entry.startsWith('PATH='))) {
      this.config = { ...this.config, Env: [...this.config.Env, `PATH=${DEFAULT_PATH}`] };
    }
    for (const entry of this.config.Env) {
      const { name, value } = splitVariable(entry);
      this.variables.set(name, value);
      this.fromArguments.delete(name);
    }
  }

  setEnvironment(name: string, value: string): void {
    this.variables.set(name, value);
    this.fromArguments.delete(name);
    const entries = [...this.config.Env];
    const at = entries.findIndex((entry) => splitVariable(entry).name === name);
    entries.splice(at === -1 ? entries.length : at, at === -1 ? 0 : 1, `${name}=${value}`);
    this.config = { ...this.config, Env: entries };
  }

  /** Declares an ARG; without a value it is known, but stands for nothing. */
  setArgument(name: string, value: string | undefined): void {
    this.declared.add(name);
    if (value === undefined) return;
    this.variables.set(name, value);
    this.fromArguments.add(name);
  }

  /** `/` where none is set. */
  get workingDir(): string {
    return this.config.WorkingDir === '' ? '/' : this.config.WorkingDir;
  }

  get shell(): readonly string[] {
    const { Shell } = this.config;
    return Shell === undefined || Shell.length === 0 ? DEFAULT_SHELL : Shell;
  }

  /** The path, from the working directory if it is relative. */
  resolve(path: string): string {
    return cleanPath(path.startsWith('/') ? path : `${this.workingDir}/${path}`);
  }

  addDirectory(path: string): void {
    for (let at = path; at !== '/' && !this.directories.has(at); at = cleanPath(`${at}/..`)) this.directories.add(at);
  }

  /** Whether the image has a directory there, as far as can be told. */
  hasDirectory(path: string): 'yes' | 'no' | 'likely' | 'unknown' {
    if (this.directories.has(path)) return 'yes';
    if (this.filesKnown) return 'no';
    return isUsualDirectory(path) ? 'likely' : 'unknown';
  }
}

/** Splits `NAME=value` at the first `=`. */
export function splitVariable(entry: string): { readonly name: string; readonly value: string } {
  const at = entry.indexOf('=');
  return at === -1 ? { name: entry, value: '' } : { name: entry.slice(0, at), value: entry.slice(at + 1) };
}
