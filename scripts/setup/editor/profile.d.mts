import type { EditorPrograms } from './install.mjs';

/** How to start VS Code with folders of its own. */
export interface EditorProfile {
  readonly node: string;
  /** Arguments of every start. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Arguments that make it listen on a port of 127.0.0.1, beside `args`. */
  serve(port: number): string[];
  /** Installs a packaged extension. */
  installExtension(vsix: string): Promise<void>;
}

/** Prepares a profile below `folder`; `settings` go over the usual ones. */
export function prepareProfile(
  programs: EditorPrograms,
  folder: string,
  settings?: Readonly<Record<string, unknown>>,
): Promise<EditorProfile>;
