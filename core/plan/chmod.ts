/** Gives the permission bits that `--chmod` makes of a path's own; undefined for an argument that chmod would refuse. */
export type Chmod = (mode: number, isDirectory: boolean) => number;

const OCTAL = /^[0-7]{1,5}$/;
const CLAUSE = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;
const ACTION = /([-+=])([ugo]|[rwxXst]*)/g;
const EVERYONE = 0o777;
const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };

/** Parses octal (`0755`) and symbolic (`u=rwX,go+r`) modes, as chmod(1) without umask. */
export function parseChmod(text: string): Chmod | undefined {
  if (OCTAL.test(text)) {
    const fixed = Number.parseInt(text, 8);
    return fixed > 0o7777 ? undefined : () => fixed;
  }
  const clauses = text.split(',').map((clause) => CLAUSE.exec(clause));
  if (clauses.includes(null)) return undefined;
  return (mode, isDirectory) =>
    clauses.reduce((bits, clause) => applyClause(bits, clause?.[1] ?? '', clause?.[2] ?? '', isDirectory), mode);
}

function applyClause(mode: number, who: string, actions: string, isDirectory: boolean): number {
  const mask = who === '' ? 0o7777 : [...who].reduce((bits, letter) => bits | (WHO[letter] ?? 0), 0);
  let bits = mode;
  for (const [, operator, permissions = ''] of actions.matchAll(ACTION)) {
    const named = permissionBits(permissions, bits, isDirectory) & mask;
    if (operator === '+') bits |= named;
    else if (operator === '-') bits &= ~named;
    else bits = (bits & ~(mask & EVERYONE)) | named;
  }
  return bits;
}

function permissionBits(permissions: string, mode: number, isDirectory: boolean): number {
  let bits = 0;
  for (const letter of permissions) bits |= letterBits(letter, mode, isDirectory);
  return bits;
}

function letterBits(letter: string, mode: number, isDirectory: boolean): number {
  switch (letter) {
    case 'r':
      return 0o444;
    case 'w':
      return 0o222;
    case 'x':
      return 0o111;
    case 'X':
      return isDirectory || (mode & 0o111) !== 0 ? 0o111 : 0;
    case 's':
      return 0o6000;
    case 't':
      return 0o1000;
    case 'u':
      return ((mode >> 6) & 7) * 0o111;
    case 'g':
      return ((mode >> 3) & 7) * 0o111;
    default:
      return (mode & 7) * 0o111;
  }
}
