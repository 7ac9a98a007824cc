/** Whether a word has no capitals. */
export function isLower(text: string): boolean {
  return text === text.toLowerCase();
}

/** Whether a word has capitals only. */
export function isUpper(text: string): boolean {
  return text === text.toUpperCase();
}
