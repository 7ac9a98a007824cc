/** One way in that a server offers (RFC 9110, WWW-Authenticate). */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`^\\s*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))\\s*`);
const SCHEME = new RegExp(`^\\s*(${TOKEN})(?=[\\s,]|$)\\s*`);

/** Reads a `WWW-Authenticate` header, which may hold several challenges; what makes no sense is passed over. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = header;
  while (rest.trim() !== '') {
    const parameter = PARAMETER.exec(rest);
    const current = challenges.at(-1);
    if (parameter !== null && current !== undefined) {
      current.parameters.set(parameter[1]!.toLowerCase(), parameter[2]?.replace(/\\(.)/g, '$1') ?? parameter[3]!);
      rest = rest.slice(parameter[0].length).replace(/^,/, '');
      continue;
    }
    const scheme = SCHEME.exec(rest);
    if (scheme === null) break;
    challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: new Map() });
    rest = rest.slice(scheme[0].length).replace(/^,/, '');
  }
  return challenges;
}
