import type { Readable } from 'node:stream';
import { cancelled, invalid } from '../errors.ts';
import type { Surface } from './command.ts';

/** Characters of an answer, at most. */
const LONGEST = 1 << 16;

/** Asks a question on the terminal; `hidden` shows nothing of what is typed. Error: EngineError `cancelled` on Ctrl-C or Ctrl-D. */
export async function ask(
  { stdin, stderr }: Pick<Surface, 'stdin' | 'stderr'>,
  question: string,
  echo: 'shown' | 'hidden',
): Promise<string> {
  stderr.write(question);
  stdin.setRawMode?.(true);
  try {
    return await readTyped(stdin, (text) => {
      if (echo === 'shown') stderr.write(text);
    });
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** The first line of standard input, or all of it where it is one line. */
export async function readSecret({ stdin }: Pick<Surface, 'stdin'>): Promise<string> {
  let text = '';
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > LONGEST) throw invalid({ code: 'input-too-long', message: 'the password is too long' });
  }
  return text.replace(/\r?\n$/, '');
}

/** What is typed up to Return, with Backspace taken at its word. */
function readTyped(stdin: Readable, show: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (): void => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
    };
    const onEnd = (): void => {
      end();
      reject(cancelled({ code: 'input-ended', message: 'the input ended before an answer' }));
    };
    const onData = (chunk: Buffer): void => {
      for (const character of chunk.toString()) {
        if (character === '\r' || character === '\n') {
          end();
          resolve(typed);
          return;
        }
        if (character === '\x03' || character === '\x04') {
          onEnd();
          return;
        }
        if (character === '\x7f' || character === '\b') {
          if (typed !== '') show('\b \b');
          typed = [...typed].slice(0, -1).join('');
        } else if (character >= ' ' && typed.length < LONGEST) {
          typed += character;
          show(character);
        }
      }
    };
    stdin.on('data', onData);
    stdin.on('end', onEnd);
    stdin.resume();
  });
}
