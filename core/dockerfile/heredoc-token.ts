import type { Break, Heredoc, Token } from './ast.ts';

/** What a heredoc holds as a token, which knows where each of its lines starts. */
export function heredocToken({ content, contentRange }: Heredoc): Token {
  const breaks: Break[] = [];
  let { line } = contentRange.start;
  for (let at = content.indexOf('\n'); at !== -1 && at + 1 < content.length; at = content.indexOf('\n', at + 1)) {
    breaks.push({ offset: at + 1, position: { line: ++line, character: 0 } });
  }
  return { text: content, range: contentRange, breaks };
}
