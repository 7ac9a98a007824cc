import { describe, expect, it } from 'vitest';
import { execForm } from './exec-form.ts';

describe('execForm', () => {
  it.each([
    ['nginx', ['nginx']],
    [' python  -m app --port=80 ', ['python', '-m', 'app', '--port=80']],
    [`nginx -g "daemon off;" 'it "is"'`, ['nginx', '-g', 'daemon off;', 'it "is"']],
    [`a''b "c"d`, ['ab', 'cd']],
  ])('splits %j as a shell does', (command, words) => {
    expect(execForm(command)).toEqual(words);
  });

  it.each([
    '',
    `''`,
    'echo $HOME',
    'echo "$HOME"',
    'a && b',
    'a; b',
    'a > b',
    'a *.js',
    'a ~/b',
    'a \\b',
    'a `b`',
    'a # b',
    'exec a',
    'cd /x',
    'A=b c',
    `a 'b`,
    'a {b,c}',
  ])('leaves %j to a shell', (command) => {
    expect(execForm(command)).toBeUndefined();
  });
});
