/** A node of a shell script's syntax tree; types are those of tree-sitter's grammar of bash. */
export interface ShellNode {
  readonly type: string;
  /** False for operators, keywords and quotes, whose type is their text. */
  readonly named: boolean;
  /** Offsets into the script, UTF-16; the end is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly children: readonly ShellNode[];
}

/** Parses a script; what it cannot read becomes nodes of type `ERROR`, never a throw. */
export type ParseShell = (script: string) => ShellNode;
