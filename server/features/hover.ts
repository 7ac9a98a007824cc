import type { Hover } from 'vscode-languageserver/node';
import type { Position, Token } from '../../core/dockerfile/ast.ts';
import type { Instruction, MountFlag } from '../../core/dockerfile/instructions.ts';
import { contains } from '../../core/dockerfile/positions.ts';
import type { DockerSymbol } from '../../core/dockerfile/symbols.ts';
import { symbolAt } from '../../core/dockerfile/symbols.ts';
import { formatSize } from '../../core/image/size.ts';
import type { CopyEffect, PlannedFile } from '../../core/plan/effect.ts';
import type { EngineImage } from '../../protocol/lsp.ts';
import { flagDoc } from '../knowledge/flags.ts';
import { flagReferenceUrl, keywordDoc, referenceUrl } from '../knowledge/keywords.ts';
import { MOUNT_TYPES, mountKeyDoc } from '../knowledge/mounts.ts';
import { LABELS, PORTS, SIGNALS } from '../knowledge/values.ts';
import { type Preview, stepOf } from '../preview.ts';
import type { Reading } from '../reading.ts';
import { effectText, imageText } from './effect-text.ts';
import { imageFacts, registryFacts } from './image-facts.ts';
import { fence, markdown } from './markdown.ts';
import { variableHover } from './variable-hover.ts';

const MOST_FILES = 20;

/** Explains what stands at a place: a keyword, a flag, a variable, a stage, a base image, a value. */
export async function hover(reading: Reading, position: Position, signal: AbortSignal): Promise<Hover | undefined> {
  const directive = reading.dockerfile.syntax.directives.find(({ range }) => contains(range, position));
  if (directive !== undefined) return markdown(DIRECTIVE_TEXTS[directive.name], directive.range);
  const outer = reading.instructionAt(position.line);
  if (outer === undefined) return undefined;
  const inner = outer.kind === 'ONBUILD' ? outer.trigger : undefined;
  const instruction = inner !== undefined && contains(inner.node.range, position) ? inner : outer;
  const text =
    variableHover(reading, outer, position) ??
    stageHover(reading, position) ??
    flagHover(instruction, position) ??
    valueHover(instruction, position);
  if (text !== undefined) return text;
  const preview = await reading.preview();
  if (signal.aborted) return undefined;
  if (instruction.kind === 'FROM' && instruction.image && contains(instruction.image.range, position)) {
    return markdown(await baseFacts(instruction, preview, reading), instruction.image.range);
  }
  const { keyword } = instruction.node;
  if (!contains(keyword.range, position)) return imageHover(instruction, position, preview, reading);
  const cache = await reading.cache(preview, signal);
  const effect = instruction === outer ? effectText(instruction, preview, cache) : undefined;
  return markdown(keywordText(instruction, effect, preview), keyword.range);
}

const DIRECTIVE_TEXTS = {
  syntax:
    'The frontend that reads this file.\n\n[Dockerfile reference](https://docs.docker.com/reference/dockerfile/#syntax)',
  escape:
    'The character that continues lines and takes the meaning from others.\n\n[Dockerfile reference](https://docs.docker.com/reference/dockerfile/#escape)',
  check:
    'Which checks to leave out, and whether those that remain fail the build.\n\n[Dockerfile reference](https://docs.docker.com/reference/dockerfile/#check)',
} as const;

function stageHover(reading: Reading, position: Position): Hover | undefined {
  const found = symbolAt(reading.symbols, position);
  if (found?.symbol.kind !== 'stage' || found.symbol.stage === undefined) return undefined;
  const { from } = found.symbol.stage;
  // The keyword of a stage without a name explains FROM.
  if (contains(from.node.keyword.range, position)) return undefined;
  return markdown(stageText(found.symbol), found.occurrence.range);
}

function stageText({ stage, occurrences }: DockerSymbol): string {
  if (stage === undefined) return '';
  const { from, index, instructions } = stage;
  const uses = occurrences.filter(({ role }) => role === 'reference').length;
  return [
    `Stage **${from.stage?.text ?? index}**, from \`${from.image?.text ?? ''}\``,
    `${instructions.length} instruction${instructions.length === 1 ? '' : 's'}, ${usedText(uses)}`,
    ...from.node.docComment.map(({ text }) => text),
  ].join('\n\n');
}

/** By its name: a FROM may lead to it by a variable. */
function usedText(uses: number): string {
  if (uses === 0) return 'named nowhere else';
  return uses === 1 ? 'used once' : `used ${uses} times`;
}

function flagHover(instruction: Instruction, position: Position): Hover | undefined {
  const { node } = instruction;
  const flag = node.flags.find(({ range }) => contains(range, position));
  if (flag === undefined) return undefined;
  const mount = instruction.kind === 'RUN' ? instruction.mounts.find((each) => each.flag === flag) : undefined;
  const field = mount && fieldHover(mount, position);
  if (field !== undefined) return field;
  const text = flagDoc(node.name, flag.name.text);
  if (text === undefined || fromsOf(instruction).some(({ range }) => contains(range, position))) return undefined;
  const url = flagReferenceUrl(node.name, flag.name.text);
  return markdown(`\`--${flag.name.text}\` ${text}\n\n[Dockerfile reference](${url})`, flag.range);
}

function fieldHover({ fields }: MountFlag, position: Position): Hover | undefined {
  for (const { key, value } of fields) {
    const name = key.text.toLowerCase();
    if (contains(key.range, position)) {
      const text = mountKeyDoc(name);
      return text === undefined ? undefined : markdown(`\`${name}\` ${text}`, key.range);
    }
    if (value === undefined || !contains(value.range, position)) continue;
    const type = name === 'type' ? MOUNT_TYPES.find((each) => each.name === value.text) : undefined;
    if (type === undefined) return undefined;
    const url = flagReferenceUrl('RUN', `mounttype${type.name}`);
    return markdown(`\`${type.name}\` ${type.text}\n\n[Dockerfile reference](${url})`, value.range);
  }
  return undefined;
}

/** Ports, signals and labels that are known by name. */
function valueHover(instruction: Instruction, position: Position): Hover | undefined {
  const at = (tokens: readonly (Token | undefined)[]) => tokens.find((each) => each && contains(each.range, position));
  switch (instruction.kind) {
    case 'EXPOSE': {
      const port = at(instruction.ports);
      if (port === undefined) return undefined;
      const known = PORTS.find(({ name }) => name.split('/')[0] === port.text.split('/')[0]);
      const text = `Port ${port.text}${known === undefined ? '' : ` (${known.text})`}: documented only, \`run -p\` publishes it.`;
      return markdown(text, port.range);
    }
    case 'STOPSIGNAL': {
      const known = SIGNALS.find(({ name }) => name === instruction.signal?.text.toUpperCase());
      const token = at([instruction.signal]);
      return token && known && markdown(`\`${known.name}\` ${known.text}`, token.range);
    }
    case 'LABEL': {
      const token = at(instruction.pairs.map(({ name }) => name));
      const known = LABELS.find(({ name }) => name === token?.text);
      return token && known && markdown(`\`${known.name}\` ${known.text}`, token.range);
    }
    default:
      return undefined;
  }
}

/** The image that `--from` or a mount's `from` names. */
async function imageHover(
  instruction: Instruction,
  position: Position,
  { images }: Preview,
  reading: Reading,
): Promise<Hover | undefined> {
  const from = fromsOf(instruction).find(({ range }) => contains(range, position));
  return from && markdown(await factsOf(from.text, images.get(from.text), reading), from.range);
}

function fromsOf(instruction: Instruction): readonly Token[] {
  if (instruction.kind === 'COPY') return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.kind !== 'RUN') return [];
  const fields = instruction.mounts.flatMap((mount) => mount.fields);
  return fields.flatMap(({ key, value }) => (key.text.toLowerCase() === 'from' && value ? [value] : []));
}

/** What the engine knows of an image, else its registry. */
async function factsOf(reference: string, image: EngineImage | undefined, { engine }: Reading): Promise<string> {
  if (image !== undefined) return imageFacts(reference, image);
  const found = await engine.registry.of(reference);
  if (found?.exists === false) return `\`${reference}\` · not in its registry`;
  return found === undefined ? `\`${reference}\` · ${imageText(image)}` : registryFacts(reference, found);
}

function keywordText({ node }: Instruction, effect: string | undefined, preview: Preview): string {
  const doc = keywordDoc(node.name);
  const step = stepOf(preview, node.startLine);
  return [
    ...(doc === undefined ? [] : [fence(doc.syntax), doc.text]),
    ...(effect === undefined ? [] : [`**${effect}**`]),
    ...(step?.effect.kind === 'copy' ? [filesText(step.effect)] : []),
    ...(doc === undefined ? [] : [`[Dockerfile reference](${referenceUrl(node.name)})`]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function filesText({ files = [] }: CopyEffect): string {
  const shown = files.filter(({ type }) => type !== 'directory');
  if (shown.length === 0) return '';
  const rest = shown.length > MOST_FILES ? [`… and ${shown.length - MOST_FILES} more`] : [];
  return fence([...shown.slice(0, MOST_FILES).map(fileLine), ...rest].join('\n'));
}

function fileLine({ destination, size, extract, linkTarget }: PlannedFile): string {
  const what = linkTarget === undefined ? formatSize(size) : `→ ${linkTarget}`;
  return `${destination}  ${what}${extract === true ? ' (unpacked)' : ''}`;
}

async function baseFacts({ node }: Instruction, { plan, images }: Preview, reading: Reading): Promise<string> {
  const base = plan.value.stages.find(({ range }) => range.start.line === node.startLine)?.base;
  if (base?.kind === 'image') return factsOf(base.reference, images.get(base.reference), reading);
  const stage = base?.kind === 'stage' ? base.stage : undefined;
  const symbol = reading.symbols.find((each) => each.stage !== undefined && each.stage.index === stage);
  return symbol === undefined ? 'Nothing: the stage starts with no files' : stageText(symbol);
}
