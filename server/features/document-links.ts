import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver/node';
import type { Range, Token } from '../../core/dockerfile/ast.ts';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
import { baseStage, referredStage, stageReferences } from '../../core/dockerfile/stages.ts';
import { parseReference } from '../../core/image/reference.ts';
import type { Reading } from '../reading.ts';

const FRONTEND = 'https://hub.docker.com/r/';

/** Images lead to their page in the registry, sources of COPY and ADD to their file, URLs to themselves. */
export async function documentLinks(reading: Reading): Promise<DocumentLink[]> {
  const { dockerfile } = reading;
  const images = dockerfile.stages.flatMap((stage) =>
    stageReferences(stage).flatMap((reference) => {
      if (referredStage(dockerfile.stages, stage, reference) !== undefined) return [];
      const name = reading.variables.expand(reference.token, reading.variables.globals());
      const isStage = reference.kind === 'base' && baseStage(dockerfile.stages, stage, name?.toLowerCase() ?? '');
      const target = name && !isStage && imagePage(name);
      return target ? [{ range: reference.token.range, target, tooltip: `Open ${name} in its registry` }] : [];
    }),
  );
  const syntax = dockerfile.syntax.directives.find(({ name }) => name === 'syntax');
  const frontend = syntax && imagePage(syntax.value.text);
  const context = await reading.context();
  const files = expandedSources(reading).flatMap(({ text, range }): DocumentLink[] => {
    if (/^https?:\/\//.test(text)) return [{ range, target: text }];
    const path = text.replace(/^(?:\.?\/)+/, '');
    if (context === undefined || context.tree.get(path)?.type !== 'file') return [];
    return [{ range, target: pathToFileURL(join(context.root, path)).href, tooltip: 'Open the file' }];
  });
  return [...(syntax && frontend ? [{ range: syntax.value.range, target: frontend }] : []), ...images, ...files];
}

/** What COPY, ADD and mounts take, with variables resolved, as far as their values are known. */
function expandedSources({ dockerfile, variables }: Reading): { readonly text: string; readonly range: Range }[] {
  const found: { text: string; range: Range }[] = [];
  for (const stage of dockerfile.stages) {
    variables.walk(stage, (instruction, table) => {
      for (const source of sourcesOf(instruction)) {
        const text = variables.expand(source, table);
        if (text !== undefined) found.push({ text, range: source.range });
      }
    });
  }
  return found;
}

function sourcesOf(instruction: Instruction): Token[] {
  if (instruction.kind === 'ONBUILD') return [];
  if (instruction.kind === 'RUN') {
    return instruction.mounts.flatMap(({ fields }) => {
      const isOther = fields.some(({ key }) => key.text.toLowerCase() === 'from');
      const source = fields.find(({ key }) => /^(?:source|src)$/i.test(key.text))?.value;
      return source && !isOther ? [source] : [];
    });
  }
  const isCopy = (instruction.kind === 'COPY' && instruction.from === undefined) || instruction.kind === 'ADD';
  return isCopy ? instruction.sources.flatMap((source): Token[] => (source.kind === 'path' ? [source.path] : [])) : [];
}

/** Where people read of an image; undefined for registries without pages that are known. */
function imagePage(text: string): string | undefined {
  const parsed = parseReference(text);
  if (!parsed.ok || text === 'scratch') return undefined;
  const { domain, path, tag } = parsed.reference;
  switch (domain) {
    case 'docker.io': {
      const official = /^library\/([^/]+)$/.exec(path)?.[1];
      return official === undefined ? `${FRONTEND}${path}` : `https://hub.docker.com/_/${official}`;
    }
    case 'quay.io':
      return `https://quay.io/repository/${path}${tag === undefined ? '' : `?tab=tags&tag=${tag}`}`;
    case 'mcr.microsoft.com':
      return `https://mcr.microsoft.com/artifact/mar/${path}`;
    case 'public.ecr.aws':
      return `https://gallery.ecr.aws/${path}`;
    case 'docker.elastic.co':
      return `https://www.docker.elastic.co/r/${path}`;
    default:
      return LEADS_TO_PAGE.test(domain) ? `https://${domain}/${path}` : undefined;
  }
}

/** Registries that lead a browser from an image's name to its page. */
const LEADS_TO_PAGE = /^(?:ghcr\.io|(?:[a-z]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/;
