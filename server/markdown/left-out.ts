import type { Diagnostic } from 'vscode-languageserver/node';
import type { Reading } from '../reading.ts';
import type { Fragment } from './fragments.ts';

/** Rules that look for a stage above: another block may have it. */
const OF_STAGES = new Set(['DL3022']);
/** Rules that hang on the rest of the stage, above or below. */
const OF_STAGE = new Set(['DL3002', 'DL3045', 'DL3057', 'DL4006', 'WorkdirRelativePath', 'user-missing']);
/** `<image>` and the like stand for what a reader puts there. */
const PLACEHOLDER = /^<[^<>]+>$/;

/** Whether a finding hangs on what a document does not show of a Dockerfile. */
export function hangsOnLeftOut(fragment: Fragment, reading: Reading, { code, range }: Diagnostic): boolean {
  const rule = String(code);
  return OF_STAGES.has(rule) || (fragment.added > 0 && OF_STAGE.has(rule)) || PLACEHOLDER.test(reading.textIn(range));
}
