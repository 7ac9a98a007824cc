import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';
import { flagsOf } from '../../../core/dockerfile/flag-set.ts';
import { flagDoc, flagValues } from '../../knowledge/flags.ts';
import { CACHE_TARGETS, isSwitch, MOUNT_TYPES, mountKeyDoc, mountKeys, SHARING_MODES } from '../../knowledge/mounts.ts';
import { images } from './images.ts';
import { item } from './item.ts';
import { contextPaths, stagePaths } from './paths.ts';
import { type Place, rangeBefore } from './place.ts';
import { stages } from './stages.ts';
import { owners } from './users.ts';

/** Flags of the instruction, or what a flag may be. */
export async function flags(place: Place): Promise<CompletionItem[]> {
  const { instruction, word, position } = place;
  const { name: keyword } = instruction.node;
  const order = word === '' ? 700 : undefined;
  const equals = word.indexOf('=');
  if (equals === -1) {
    const types = flagsOf(keyword);
    const given = new Set(instruction.node.flags.map(({ name }) => name.text));
    return Object.entries(types)
      .filter(([name, type]) => type === 'strings' || !given.has(name) || word === `--${name}`)
      .map(([name, type]) => {
        const text = `--${name}${type === 'boolean' ? '' : '='}`;
        const documentation = flagDoc(keyword, name);
        return item(text, CompletionItemKind.Property, text, rangeBefore(position, word), {
          documentation,
          ...(order !== undefined && { order }),
        });
      });
  }
  const name = word.slice(2, equals);
  const value = word.slice(equals + 1);
  return name === 'mount' ? mountFields(place, value) : flagValue(place, name, value);
}

async function flagValue(place: Place, name: string, value: string): Promise<CompletionItem[]> {
  const range = rangeBefore(place.position, value);
  switch (name) {
    case 'from':
      return stagesAndImages({ ...place, word: value }, range, 'with-numbers');
    case 'chown':
      return owners(place, range);
    case 'exclude':
      return contextPaths(place, value);
    default:
      return flagValues(name).map((text, order) => item(text, CompletionItemKind.EnumMember, text, range, { order }));
  }
}

async function mountFields(place: Place, value: string): Promise<CompletionItem[]> {
  const behind = /^[^\s,]*((?:,[^\s,]*)*)/.exec(place.after)?.[1] ?? '';
  const fields = value.split(',');
  const field = fields.at(-1) ?? '';
  const others = [...fields.slice(0, -1), ...behind.split(',').slice(1)];
  const type = others.map((each) => /^type=(\w+)$/i.exec(each)?.[1]?.toLowerCase()).find((each) => each !== undefined);
  const equals = field.indexOf('=');
  if (equals === -1) {
    const given = new Set(others.map((each) => each.split('=')[0]));
    const range = rangeBefore(place.position, field);
    return mountKeys(type ?? (others.length > 0 ? 'bind' : undefined))
      .filter(({ name }) => !given.has(name))
      .map(({ name, text }, order) => {
        const newText = isSwitch(name) ? name : `${name}=`;
        return item(newText, CompletionItemKind.Property, newText, range, { order, documentation: text });
      });
  }
  const isOfContext = !others.some((each) => each.startsWith('from='));
  const root = isOfContext && (type === undefined || type === 'bind') ? 'context' : 'image';
  return mountValue(place, { type, root }, field.slice(0, equals).toLowerCase(), field.slice(equals + 1));
}

async function mountValue(
  place: Place,
  { type, root }: { readonly type: string | undefined; readonly root: 'context' | 'image' },
  key: string,
  value: string,
): Promise<CompletionItem[]> {
  const range = rangeBefore(place.position, value);
  const own = usedElsewhere(place, key).map((text) =>
    item(text, CompletionItemKind.Value, text, range, { order: 0, detail: 'in this Dockerfile' }),
  );
  const choices = { type: MOUNT_TYPES, sharing: SHARING_MODES, target: type === 'cache' ? CACHE_TARGETS : [] };
  switch (key) {
    case 'from':
      return stagesAndImages({ ...place, word: value }, range, 'named');
    case 'source':
    case 'src':
      return root === 'context' ? contextPaths(place, value) : stagePaths(place, value, 'directories');
    case 'type':
    case 'sharing':
      return choices[key].map(({ name, text }, order) =>
        item(name, CompletionItemKind.EnumMember, name, range, { order, documentation: text }),
      );
    case 'target':
    case 'dst':
    case 'destination':
      return firstOfEach([
        ...own,
        ...choices.target.map(({ name, text }, order) =>
          item(name, CompletionItemKind.Folder, name, range, { order: order + 1, detail: text }),
        ),
        ...stagePaths(place, value, 'directories'),
      ]);
    case 'id':
      return own;
    default:
      return mountKeyDoc(key) === undefined ? [] : usual(key, range);
  }
}

/** What other mounts of this Dockerfile have for a key. */
function usedElsewhere({ reading, position }: Place, key: string): string[] {
  const others = reading.dockerfile.instructions.filter(
    ({ node }) => position.line < node.startLine || node.endLine < position.line,
  );
  const fields = others.flatMap((each) => (each.kind === 'RUN' ? each.mounts.flatMap((mount) => mount.fields) : []));
  const values = fields.flatMap((field) => (field.key.text.toLowerCase() === key ? (field.value?.text ?? []) : []));
  return [...new Set(values)].filter((text) => text !== '');
}

function firstOfEach(items: readonly CompletionItem[]): CompletionItem[] {
  return items.filter(({ label }, index) => items.findIndex((each) => each.label === label) === index);
}

function usual(key: string, range: Range): CompletionItem[] {
  const values: Readonly<Record<string, readonly string[]>> = { mode: ['0755', '0700', '0400'], size: ['64m', '1g'] };
  return (values[key] ?? []).map((text) => item(text, CompletionItemKind.Value, text, range));
}

/** What `--from` and a mount's `from` may name: the latter takes no stage's number. */
async function stagesAndImages(
  place: Place,
  range: Range,
  unnamed: 'with-numbers' | 'named',
): Promise<CompletionItem[]> {
  return [...stages(place, range, unnamed), ...(await images(place, range))];
}
