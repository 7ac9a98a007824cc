/**
 * The pattern of .dockerignore that matches a path alone: wildcards lose their meaning, and so does, where it is a whole
 * line, what would begin a comment or an exception.
 */
export function patternOf(path: string, place: 'line' | 'part'): string {
  const plain = path.replace(/[\\*?[]/g, '\\$&');
  return place === 'line' && /^[#!]/.test(plain) ? `\\${plain}` : plain;
}
