const YES: readonly string[] = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const NO: readonly string[] = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** As Go's strconv.ParseBool; undefined for what it does not know. */
export function parseGoBool(text: string): boolean | undefined {
  return YES.includes(text) ? true : NO.includes(text) ? false : undefined;
}
