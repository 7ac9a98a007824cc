/** A user or a group of an image, by name. */
export interface Account {
  readonly kind: 'user' | 'group';
  readonly name: string;
}

const MAKERS: Readonly<Record<string, Account['kind']>> = {
  useradd: 'user',
  adduser: 'user',
  groupadd: 'group',
  addgroup: 'group',
};
/** Options of these programs that take a value behind a blank (shadow, Debian’s adduser, BusyBox). */
const TAKES_VALUE =
  /^(?:-[a-zA-Z]*[uGgdcsekhfpKRb]|--(?:uid|gid|groups|home-dir|home|comment|gecos|shell|ingroup|base-dir|password|expiredate|inactive|key|root|skel))$/;

/** Whom a command makes, by its words; undefined for other commands, and where the name is no plain one. */
export function accountMadeBy(words: readonly string[]): Account | undefined {
  const [first = '', ...rest] = words;
  const program = first.slice(first.lastIndexOf('/') + 1);
  const kind = Object.hasOwn(MAKERS, program) ? MAKERS[program] : undefined;
  if (kind === undefined) return undefined;
  const name = rest.find((word, index) => !word.startsWith('-') && !TAKES_VALUE.test(rest[index - 1] ?? ''));
  return name !== undefined && /^[a-z_][\w-]*$/i.test(name) ? { kind, name } : undefined;
}
