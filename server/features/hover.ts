import { type Hover, MarkupKind } from 'vscode-languageserver/node';
import type { Position, Range } from '../../core/dockerfile/ast.ts';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
import { formatSize } from '../../core/image/size.ts';
import type { CopyEffect, PlannedFile } from '../../core/plan/effect.ts';
import type { EngineImage } from '../../protocol/lsp.ts';
import { type Preview, type Reading, stepOf } from '../reading.ts';
import { effectText, imageText } from './effect-text.ts';
import { keywordDoc, referenceUrl } from './keyword-docs.ts';
import { contains, stageAt, variableAt } from './word-at.ts';

const MOST_FILES = 20;

/** Explains what stands at a place: a keyword, a variable, a stage, a base image. */
export async function hover(reading: Reading, position: Position, signal: AbortSignal): Promise<Hover | undefined> {
  const instruction = reading.instructionAt(position.line);
  if (instruction === undefined) return undefined;
  const preview = await reading.preview();
  if (signal.aborted) return undefined;
  const variable = variableAt(reading, instruction, position);
  if (variable !== undefined) return markdown(variableText(variable.name, instruction, preview), variable.range);
  const stage = stageAt(reading, position);
  if (stage !== undefined) {
    const { from, index } = stage.stage;
    return markdown(`Stage **${from.stage?.text ?? index}**, from \`${from.image?.text ?? ''}\``, stage.token.range);
  }
  if (instruction.kind === 'FROM' && instruction.image && contains(instruction.image.range, position)) {
    return markdown(baseFacts(instruction, preview), instruction.image.range);
  }
  if (!contains(instruction.node.keyword.range, position)) return undefined;
  const cache = await reading.cache(preview, signal);
  return markdown(
    keywordText(instruction, effectText(instruction, preview, cache), preview),
    instruction.node.keyword.range,
  );
}

function markdown(value: string, range: Range): Hover {
  return { contents: { kind: MarkupKind.Markdown, value }, range };
}

function variableText(name: string, { node }: Instruction, preview: Preview): string {
  const value = stepOf(preview, node.startLine)?.variables[name];
  return value === undefined ? `\`${name}\` has no value here` : `${code(`${name}=${value}`)}`;
}

function keywordText({ node }: Instruction, effect: string | undefined, preview: Preview): string {
  const doc = keywordDoc(node.name);
  const step = stepOf(preview, node.startLine);
  return [
    ...(doc === undefined ? [] : [code(doc.syntax), doc.text]),
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
  return code([...shown.slice(0, MOST_FILES).map(fileLine), ...rest].join('\n'));
}

function fileLine({ destination, size, extract, linkTarget }: PlannedFile): string {
  const what = linkTarget === undefined ? formatSize(size) : `→ ${linkTarget}`;
  return `${destination}  ${what}${extract === true ? ' (unpacked)' : ''}`;
}

function baseFacts({ node }: Instruction, { plan, images }: Preview): string {
  const stage = plan.value.stages.find(({ range }) => range.start.line === node.startLine);
  if (stage?.base.kind !== 'image') return 'Nothing: the stage starts with no files';
  const { reference } = stage.base;
  const image = images.get(reference);
  return [`\`${reference}\` · ${imageText(image)}`, ...(image === undefined ? [] : [factsText(image)])].join('\n\n');
}

function factsText({ env, exposedPorts, user, workingDir, created, repoDigests }: EngineImage): string {
  const lines = [
    ...(created === '' ? [] : [`created ${created}`]),
    ...(user === '' ? [] : [`user ${user}`]),
    ...(workingDir === '' ? [] : [`directory ${workingDir}`]),
    ...(exposedPorts.length === 0 ? [] : [`ports ${exposedPorts.join(', ')}`]),
    ...env,
    ...repoDigests.slice(0, 1),
  ];
  return code(lines.join('\n'));
}

/** A fence that no text can close. */
function code(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}dockerfile\n${text}\n${fence}`;
}
