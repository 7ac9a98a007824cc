/** What runs VS Code in the browser. */
export interface EditorPrograms {
  /** Absolute path of the Node.js that it is made for. */
  readonly node: string;
  /** Absolute path of code-server's entry. */
  readonly entry: string;
}

/** Gives the editor's programs, installing them into the cache folder at the first call. */
export function ensureEditor(): Promise<EditorPrograms>;
