/** One thing that a specification of hadolint's says of a Dockerfile. */
export interface HadolintCase {
  /** File and line. */
  readonly id: string;
  readonly code: string;
  readonly dockerfile: string;
  /** Whether the RUNs are put behind ONBUILD first. */
  readonly onBuild: boolean;
  /** How often the rule has to find something; undefined: at least once. */
  readonly times: number | undefined;
  readonly config: HadolintConfig;
}

/** What a specification sets before it checks. */
export interface HadolintConfig {
  readonly trustedRegistries: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  readonly strictLabels: boolean;
  readonly ignored: readonly string[];
  readonly disableIgnorePragma: boolean;
}

type Token = { readonly kind: 'string' | 'name' | 'symbol'; readonly text: string; readonly line: number };

const NO_CONFIG: HadolintConfig = {
  trustedRegistries: [],
  labels: new Map(),
  strictLabels: false,
  ignored: [],
  disableIgnorePragma: false,
};

/** Reads the checks of a specification, as far as they are of the usual forms. `skipped` counts the rest. */
export function readSpec(name: string, source: string): { readonly cases: HadolintCase[]; readonly skipped: number } {
  const reader = new SpecReader(name, tokens(source));
  return { cases: reader.read(), skipped: reader.skipped };
}

function tokens(source: string): Token[] {
  const found: Token[] = [];
  let line = 1;
  const pattern = /\s+|--[^\n]*|\{-[\s\S]*?-\}|"(?:[^"\\]|\\[\s\S])*"|[A-Za-z_?][\w'.]*|<>|[^\s]/g;
  for (const [text] of source.matchAll(pattern)) {
    if (text.startsWith('"')) found.push({ kind: 'string', text: unescaped(text.slice(1, -1)), line });
    else if (/^[A-Za-z_?]/.test(text)) found.push({ kind: 'name', text, line });
    else if (!/^(?:\s|--|\{-)/.test(text)) found.push({ kind: 'symbol', text, line });
    line += text.split('\n').length - 1;
  }
  return found;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\', "'": "'" };

function unescaped(text: string): string {
  return text
    .replace(/\\\s+\\/g, '')
    .replace(/\\&/g, '')
    .replace(/\\(x[0-9A-Fa-f]+|\d+|[\s\S])/g, (_, code: string) => {
      if (code.startsWith('x')) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
      return /^\d/.test(code) ? String.fromCodePoint(Number(code)) : (ESCAPES[code] ?? code);
    });
}

class SpecReader {
  skipped = 0;
  private at = 0;
  private readonly values = new Map<string, string | string[]>();
  private config = NO_CONFIG;
  private outerConfig = NO_CONFIG;
  private inCase = false;
  private readonly cases: HadolintCase[] = [];

  constructor(
    private readonly name: string,
    private readonly list: readonly Token[],
  ) {}

  read(): HadolintCase[] {
    while (this.at < this.list.length) this.statement();
    return this.cases;
  }

  private get token(): Token | undefined {
    return this.list[this.at];
  }

  private isSymbol(text: string): boolean {
    return this.token?.kind === 'symbol' && this.token.text === text;
  }

  private statement(): void {
    const { token } = this;
    this.at++;
    if (token?.kind !== 'name') return;
    if (token.text === 'it') {
      this.inCase = true;
      this.config = this.outerConfig;
    } else if (token.text === '?config' && this.isSymbol('=')) {
      this.at++;
      this.config = this.readConfig();
      if (!this.inCase) this.outerConfig = this.config;
    } else if (this.isSymbol('=')) {
      const start = this.at++;
      const value = this.expression();
      if (value === undefined) this.at = start;
      else this.values.set(token.text, value);
    } else if (/^(?:onBuildR|r)uleCatches(?:Not)?$/.test(token.text)) this.catches(token);
    else if (token.text === 'assertChecks' || token.text === 'assertOnBuildChecks') this.asserts(token);
  }

  private catches({ text, line }: Token): void {
    const start = this.at;
    const code = this.term();
    const dockerfile = this.expression();
    if (typeof code !== 'string' || dockerfile === undefined) {
      this.at = start;
      this.skipped++;
      return;
    }
    const onBuild = text.startsWith('on');
    this.add(line, code, dockerfile, onBuild, text.endsWith('Not') ? 0 : undefined);
  }

  private asserts({ text, line }: Token): void {
    const start = this.at;
    const dockerfile = this.term();
    while (this.isSymbol('(') || this.isSymbol('$')) this.at++;
    const check = this.token?.text;
    const onBuild = text === 'assertOnBuildChecks';
    this.at++;
    if (dockerfile !== undefined && check === 'passesShellcheck') this.add(line, 'SC', dockerfile, onBuild, 0);
    else if (dockerfile !== undefined && check === 'failsShellcheck')
      this.add(line, 'SC', dockerfile, onBuild, undefined);
    else if (dockerfile !== undefined && check === 'failsWith') {
      const times = Number(this.token?.text);
      this.at++;
      const code = this.term();
      if (typeof code === 'string') this.add(line, code, dockerfile, onBuild, times);
      else this.skipped++;
    } else {
      this.at = start;
      this.skipped++;
    }
  }

  private add(
    line: number,
    code: string,
    dockerfile: string | string[],
    onBuild: boolean,
    times: number | undefined,
  ): void {
    const text = typeof dockerfile === 'string' ? dockerfile : dockerfile.join('\n');
    this.cases.push({ id: `${this.name}:${line}`, code, dockerfile: `${text}\n`, onBuild, times, config: this.config });
  }

  /** `$ a <> b`. */
  private expression(): string | string[] | undefined {
    while (this.isSymbol('$')) this.at++;
    let value = this.term();
    while (value !== undefined && this.token?.text === '<>') {
      this.at++;
      const next = this.term();
      if (typeof value !== 'string' || typeof next !== 'string') return undefined;
      value += next;
    }
    return value;
  }

  private term(): string | string[] | undefined {
    const { token } = this;
    if (token?.kind === 'string') {
      this.at++;
      return token.text;
    }
    if (token?.kind === 'name') {
      this.at++;
      if (/^(?:Text|T)\.unlines$/.test(token.text) || token.text === 'unlines') {
        const lines = this.expression();
        return Array.isArray(lines) ? `${lines.join('\n')}\n` : undefined;
      }
      return this.values.get(token.text);
    }
    if (this.isSymbol('(')) {
      this.at++;
      const value = this.expression();
      if (this.isSymbol(')')) this.at++;
      return value;
    }
    return this.isSymbol('[') ? this.stringList() : undefined;
  }

  private stringList(): string[] | undefined {
    const lines: string[] = [];
    this.at++;
    while (!this.isSymbol(']')) {
      const value = this.expression();
      if (typeof value !== 'string') return undefined;
      lines.push(value);
      if (this.isSymbol(',')) this.at++;
    }
    this.at++;
    return lines;
  }

  /** `def`, or `def { field = … }`. */
  private readConfig(): HadolintConfig {
    this.at++;
    if (!this.isSymbol('{')) return NO_CONFIG;
    const start = this.at;
    while (!this.isSymbol('}')) this.at++;
    const fields = this.list.slice(start, this.at);
    const has = (name: string): boolean => fields.some(({ text }) => text === name);
    const strings = fields.filter(({ kind }) => kind === 'string').map(({ text }) => text);
    const labels = new Map<string, string>();
    for (const [index, { kind, text }] of fields.entries()) {
      const type = fields[index + 2];
      if (kind === 'string' && fields[index + 1]?.text === ',' && type?.kind === 'name') {
        labels.set(text, LABEL_TYPES[type.text.replace('Rule.', '')] ?? 'text');
      }
    }
    return {
      trustedRegistries: has('allowedRegistries') ? strings : [],
      labels: has('labelSchema') ? labels : new Map(),
      strictLabels: has('strictLabels'),
      ignored: has('ignoreRules') ? strings : [],
      disableIgnorePragma: has('disableIgnorePragma'),
    };
  }
}

const LABEL_TYPES: Readonly<Record<string, string>> = {
  Email: 'email',
  GitHash: 'hash',
  RawText: 'text',
  Rfc3339: 'rfc3339',
  SemVer: 'semver',
  Spdx: 'spdx',
  Url: 'url',
};
