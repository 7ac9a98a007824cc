import type { Hover } from 'vscode-languageserver/node';
import type { Flag, Position, Token } from '../../core/dockerfile/ast.ts';
import { expandWord } from '../../core/dockerfile/expand.ts';
import type { Instruction, MountFlag } from '../../core/dockerfile/instructions.ts';
import { contains } from '../../core/dockerfile/positions.ts';
import type { DockerSymbol } from '../../core/dockerfile/symbols.ts';
import { symbolAt, variableReferences } from '../../core/dockerfile/symbols.ts';
import { formatSize } from '../../core/image/size.ts';
import type { CopyEffect, PlannedFile } from '../../core/plan/effect.ts';
import type { EngineImage } from '../../protocol/lsp.ts';
import { flagDoc } from '../knowledge/flags.ts';
import { keywordDoc, referenceUrl } from '../knowledge/keywords.ts';
import { MOUNT_TYPES, mountKeyDoc } from '../knowledge/mounts.ts';
import { LABELS, MODIFIERS, PORTS, PREDEFINED, SIGNALS } from '../knowledge/values.ts';
import { type Preview, stepOf } from '../preview.ts';
import type { Reading } from '../reading.ts';
import { effectText, imageText } from './effect-text.ts';
import { imageFacts, registryFacts } from './image-facts.ts';
import { fence, markdown } from './markdown.ts';

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

function variableHover(reading: Reading, instruction: Instruction, position: Position): Hover | undefined {
  const references = variableReferences(instruction, reading.dockerfile.syntax.escape);
  // The innermost: `${A:-$B}` has two.
  const found = references.findLast(({ whole }) => contains(whole, position));
  const definition = found === undefined ? symbolAt(reading.symbols, position) : undefined;
  const isDefinition = definition?.symbol.kind === 'variable' && definition.occurrence.role === 'definition';
  if (found === undefined && !isDefinition) return undefined;
  const name = found?.name ?? definition?.symbol.name ?? '';
  const range = found?.whole ?? definition?.occurrence.range;
  if (range === undefined) return undefined;
  const table = reading.variables.before(instruction);
  const variable = table.get(name) ?? reading.variables.globals().get(name);
  const modifier = MODIFIERS.find((each) => each.name === found?.modifier);
  const predefined = PREDEFINED.find((each) => each.name === name);
  const written = found && reading.textIn(found.whole);
  const result = written === undefined || modifier === undefined ? undefined : expanded(written, table, reading);
  return markdown(
    [
      isDefinition ? settingText(name, instruction, reading) : valueText(name, variable?.value, variable !== undefined),
      ...(modifier === undefined ? [] : [`\`${modifier.name}\` ${modifier.text}`]),
      ...(result === undefined ? [] : [`Here: \`${result}\``]),
      ...(predefined === undefined ? [] : [predefined.text]),
      ...(variable === undefined || isDefinition ? [] : [originText(variable.origin, variable.definition?.start.line)]),
    ].join('\n\n'),
    range,
  );
}

function expanded(
  written: string,
  table: ReadonlyMap<string, { readonly value?: string }>,
  { dockerfile }: Reading,
): string | undefined {
  const lookUp = (name: string) => table.get(name)?.value;
  const { value, problem } = expandWord(written, lookUp, { escape: dockerfile.syntax.escape });
  return problem === undefined ? value : undefined;
}

function valueText(name: string, value: string | undefined, isKnown: boolean): string {
  if (value !== undefined) return fence(`${name}=${value}`);
  return isKnown ? `\`${name}\` has the value that the build gives it` : `\`${name}\` has no value here`;
}

/** What ARG and ENV set: the value after them. */
function settingText(name: string, instruction: Instruction, reading: Reading): string {
  const pairs = instruction.kind === 'ENV' ? instruction.pairs : instruction.kind === 'ARG' ? instruction.args : [];
  const value = pairs.find((pair) => pair.name.text === name)?.value;
  const table =
    instruction.kind === 'ARG' && reading.stageAt(instruction.node.startLine) === undefined
      ? reading.variables.globals()
      : reading.variables.before(instruction);
  const known = value === undefined ? table.get(name)?.value : reading.variables.expand(value, table);
  return valueText(name, known ?? value?.text, true);
}

function originText(origin: string, line: number | undefined): string {
  const where = line === undefined ? '' : `, line ${line + 1}`;
  switch (origin) {
    case 'image':
      return 'Set by the base image.';
    case 'predefined':
      return 'Set by the builder.';
    case 'env':
      return `Set by ENV${where}.`;
    default:
      return `Default of ARG${where}; \`--build-arg\` sets another.`;
  }
}

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
    `${instructions.length} instructions, used ${uses === 1 ? 'once' : `${uses} times`}`,
    ...from.node.docComment.map(({ text }) => text),
  ].join('\n\n');
}

function flagHover(instruction: Instruction, position: Position): Hover | undefined {
  const { node } = instruction;
  const flag = node.flags.find(({ range }) => contains(range, position));
  if (flag === undefined) return undefined;
  const mount = instruction.kind === 'RUN' ? instruction.mounts.find((each) => each.flag === flag) : undefined;
  const field = mount && fieldHover(mount, position);
  if (field !== undefined) return field;
  const text = flagDoc(node.name, flag.name.text);
  if (text === undefined || isImageValue(flag, position)) return undefined;
  const url = `https://docs.docker.com/reference/dockerfile/#${node.name.toLowerCase()}---${flag.name.text}`;
  return markdown(`\`--${flag.name.text}\` ${text}\n\n[Dockerfile reference](${url})`, flag.range);
}

function isImageValue({ name, value }: Flag, position: Position): boolean {
  return name.text === 'from' && value !== undefined && contains(value.range, position);
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
    return type && markdown(`\`${type.name}\` ${type.text}`, value.range);
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

/** The image that `--from` names. */
async function imageHover(
  instruction: Instruction,
  position: Position,
  { images }: Preview,
  reading: Reading,
): Promise<Hover | undefined> {
  const from = instruction.kind === 'COPY' ? instruction.from : undefined;
  if (from === undefined || !contains(from.range, position)) return undefined;
  return markdown(await factsOf(from.text, images.get(from.text), reading), from.range);
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
  const stage = plan.value.stages.find(({ range }) => range.start.line === node.startLine);
  if (stage?.base.kind !== 'image') return 'Nothing: the stage starts with no files';
  const { reference } = stage.base;
  return factsOf(reference, images.get(reference), reading);
}
