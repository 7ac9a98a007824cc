import type { Break, Heredoc, Token } from './ast.ts';
import { placeBy } from './line-anchor.ts';

/** What a heredoc holds as a token, which knows where each of its lines starts. */
export function heredocToken({ content, contentRange }: Heredoc): Token {
  const breaks: Break[] = [];
  let line = 0;
  for (let at = content.indexOf('\n'); at !== -1 && at + 1 < content.length; at = content.indexOf('\n', at + 1)) {
    breaks.push({ offset: at + 1, position: placeBy(contentRange.start, 0, ++line) });
  }
  return { text: content, range: contentRange, breaks };
}
