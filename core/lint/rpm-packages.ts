import { hasWord, type IndexedWord, operands } from './command-words.ts';
import { namesVariable, unpinned } from './pinning.ts';
import type { Report, RuleContext } from './rule.ts';

/** Packages of `yum install` or `dnf install` without `-VERSION`, and modules without `:STREAM`. */
export function* unpinnedRpms(context: RuleContext, programs: readonly string[]): Generator<Report> {
  for (const { command, script } of context.commands.of(...programs)) {
    if (!hasWord(command, 'install')) continue;
    const isModule = hasWord(command, 'module');
    if (!isModule && hasWord(command, 'group')) continue;
    const packages = operands(command).filter(({ text }) => text !== 'install' && text !== 'module');
    const loose = packages.filter((each) =>
      isModule ? !isStream(each) : !isVersioned(each, (word) => namesVariable(context, script.stage, word)),
    );
    yield* unpinned(script, command, loose, (name) => `install ${name}${isModule ? ':STREAM' : '-VERSION'}`);
  }
}

function isStream({ text }: IndexedWord): boolean {
  return text.includes(':');
}

/** `httpd-2.4.24`: behind the name, parts of which one begins with a digit; or a variable that may hold such. */
function isVersioned({ text }: IndexedWord, isVariable: (word: string) => boolean): boolean {
  if (text.endsWith('.rpm')) return true;
  const [, ...parts] = text.split('-');
  if (parts.length === 0) return false;
  if (text.includes('$')) return isVariable(text);
  return parts.every((part) => /^[\w.~^:+]*$/.test(part)) && parts.some((part) => /^\d/.test(part));
}
