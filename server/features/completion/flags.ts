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
  const equals = word.indexOf('=');
  if (equals === -1) {
    const types = flagsOf(keyword);
    const given = new Set(instruction.node.flags.map(({ name }) => name.text));
    return Object.entries(types)
      .filter(([name, type]) => type === 'strings' || !given.has(name) || word === `--${name}`)
      .map(([name, type]) => {
        const text = `--${name}${type === 'boolean' ? '' : '='}`;
        const documentation = flagDoc(keyword, name);
        return item(text, CompletionItemKind.Property, text, rangeBefore(position, word), { documentation });
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
      return stagesAndImages({ ...place, word: value }, range);
    case 'chown':
      return owners(place, range);
    case 'exclude':
      return contextPaths(place, value);
    default:
      return flagValues(name).map((text, order) => item(text, CompletionItemKind.EnumMember, text, range, { order }));
  }
}

async function mountFields(place: Place, value: string): Promise<CompletionItem[]> {
  const fields = value.split(',');
  const field = fields.at(-1) ?? '';
  const type = fields.map((each) => /^type=(\w+)$/i.exec(each)?.[1]?.toLowerCase()).find((each) => each !== undefined);
  const equals = field.indexOf('=');
  if (equals === -1) {
    const given = new Set(fields.slice(0, -1).map((each) => each.split('=')[0]));
    const range = rangeBefore(place.position, field);
    return mountKeys(type ?? (fields.length > 1 ? 'bind' : undefined))
      .filter(({ name }) => !given.has(name))
      .map(({ name, text }, order) => {
        const newText = isSwitch(name) ? name : `${name}=`;
        return item(newText, CompletionItemKind.Property, newText, range, { order, documentation: text });
      });
  }
  return mountValue(place, type, field.slice(0, equals).toLowerCase(), field.slice(equals + 1));
}

async function mountValue(
  place: Place,
  type: string | undefined,
  key: string,
  value: string,
): Promise<CompletionItem[]> {
  const range = rangeBefore(place.position, value);
  const choices = { type: MOUNT_TYPES, sharing: SHARING_MODES, target: type === 'cache' ? CACHE_TARGETS : [] };
  switch (key) {
    case 'from':
      return stagesAndImages({ ...place, word: value }, range);
    case 'source':
    case 'src':
      return type === undefined || type === 'bind' ? contextPaths(place, value) : [];
    case 'type':
    case 'sharing':
      return choices[key].map(({ name, text }, order) =>
        item(name, CompletionItemKind.EnumMember, name, range, { order, documentation: text }),
      );
    case 'target':
    case 'dst':
    case 'destination':
      return [
        ...choices.target.map(({ name, text }, order) =>
          item(name, CompletionItemKind.Folder, name, range, { order, detail: text }),
        ),
        ...stagePaths(place, value),
      ];
    default:
      return mountKeyDoc(key) === undefined ? [] : usual(key, range);
  }
}

function usual(key: string, range: Range): CompletionItem[] {
  const values: Readonly<Record<string, readonly string[]>> = { mode: ['0755', '0700', '0400'], size: ['64m', '1g'] };
  return (values[key] ?? []).map((text) => item(text, CompletionItemKind.Value, text, range));
}

/** What `--from` and a mount's `from` may name. */
async function stagesAndImages(place: Place, range: Range): Promise<CompletionItem[]> {
  return [...stages(place, range, 'with-numbers'), ...(await images(place, range))];
}
