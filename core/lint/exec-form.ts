/** Words that a shell does itself, or that start what only a shell can read. */
const SHELL_WORDS = new Set(
  (
    '. : [ alias bg break case cd command continue do done elif else esac eval exec exit export fg fi for function getopts ' +
    'hash if in jobs local read readonly return select set shift source then time times trap type ulimit umask unalias ' +
    'unset until wait while { } !'
  ).split(' '),
);

const WORD = /(?:'[^']*'|"[^"$`\\]*"|[\w@%+=:,./-])+/y;

/**
 * Splits a command line into the arguments that a shell would make of it; undefined where it asks for more than
 * splitting: variables, wildcards, redirections, several commands, the shell's own commands.
 */
export function execForm(command: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < command.length) {
    const blanks = /[ \t]*/y;
    blanks.lastIndex = at;
    at += blanks.exec(command)?.[0].length ?? 0;
    if (at === command.length) break;
    WORD.lastIndex = at;
    const word = WORD.exec(command)?.[0];
    if (word === undefined) return undefined;
    at += word.length;
    if (at < command.length && !/[ \t]/.test(command.charAt(at))) return undefined;
    words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  const [first] = words;
  if (first === undefined || first === '' || SHELL_WORDS.has(first) || /^\w+=/.test(first)) return undefined;
  return words;
}
