/** A word of a shell command, quotes and escapes taken off; by offsets into the script. */
export interface ShellWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One simple command: its words, the program first. */
export type ShellCommand = readonly ShellWord[];

/** What may stand before a program's name without changing what it does. */
const PREFIXES = new Set(
  '! { time if then else elif while until do sudo env exec command nohup eatmydata ionice nice'.split(' '),
);
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/**
 * Finds the simple commands of a shell script, those in substitutions and subshells included. Knows quotes, escapes and
 * comments, but not the whole grammar: good enough to ask which programs run with which arguments.
 */
export function shellCommands(script: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: ShellWord[] = [];
  const finish = (): void => {
    const command = withoutPrefixes(words);
    if (command.length > 0) commands.push(command);
    words = [];
  };
  let at = 0;
  while (at < script.length) {
    const char = script.charAt(at);
    if (char === '#') at = lineEnd(script, at);
    else if (char === ' ' || char === '\t' || char === '\r') at++;
    else if (char === '\\' && /[\r\n]/.test(script.charAt(at + 1))) at += 2;
    else if (/[\n;&|()`]/.test(char)) {
      finish();
      at++;
    } else {
      const word = readWord(script, at);
      words.push(word);
      at = word.end;
    }
  }
  finish();
  return commands;
}

function withoutPrefixes(words: readonly ShellWord[]): ShellCommand {
  const first = words.findIndex(({ text }) => !PREFIXES.has(text) && !ASSIGNMENT.test(text));
  return first === -1 ? [] : words.slice(first);
}

/** Reads up to a blank or an operator; `$(` ends a word too, so that what is in it is read as a command. */
function readWord(script: string, start: number): ShellWord {
  let text = '';
  let at = start;
  while (at < script.length) {
    const char = script.charAt(at);
    if (char === "'" || char === '"') {
      const end = quoteEnd(script, at);
      text += script.slice(at + 1, end);
      at = Math.min(end + 1, script.length);
    } else if (char === '\\') {
      text += script.charAt(at + 1);
      at += 2;
    } else if (char === '$' && script.charAt(at + 1) === '{') {
      const close = script.indexOf('}', at);
      const end = close === -1 ? script.length : close + 1;
      text += script.slice(at, end);
      at = end;
    } else if (char === '&' && /[<>]/.test(script.charAt(at - 1))) {
      text += char;
      at++;
    } else if (/[\s;&|()`]/.test(char)) break;
    else {
      text += char;
      at++;
    }
  }
  return { text, start, end: Math.min(Math.max(at, start + 1), script.length) };
}

/** Offset of the quote that closes the one at `start`; the script's length where none does. */
function quoteEnd(script: string, start: number): number {
  const quote = script.charAt(start);
  for (let at = start + 1; at < script.length; at++) {
    if (script.charAt(at) === quote) return at;
    if (quote === '"' && script.charAt(at) === '\\') at++;
  }
  return script.length;
}

function lineEnd(script: string, from: number): number {
  const end = script.indexOf('\n', from);
  return end === -1 ? script.length : end;
}
