import type { BuildFailure } from '../../protocol/build-event.ts';
import { readArguments } from './arguments.ts';
import { print, type Surface } from './command.ts';
import { run } from './commands/run.ts';
import { RefusedRequest } from './engine-client.ts';

/** The error of a build that failed, with its place in front in the form that terminals and editors make a link of. */
export function buildError({ line, message, advice }: BuildFailure, dockerfile: string): RefusedRequest {
  const whole = advice === undefined ? message : `${message}\n${advice}`;
  return new RefusedRequest(500, line === undefined ? whole : `${dockerfile}:${line}: ${whole}`);
}

/**
 * Opens a shell in what there was before the instruction that failed, with its user, folder and variables, and removes
 * that image when the shell has ended.
 */
export async function shellBefore(image: string, surface: Surface): Promise<void> {
  print(surface.stderr, 'A shell before the instruction that failed; what is changed here is gone when it ends:');
  const isTerminal = surface.stdin.isTTY === true && surface.stdout.isTTY === true;
  try {
    await run.run(readArguments(['--rm', isTerminal ? '-it' : '-i', image], run.options, true), surface);
  } finally {
    const engine = await surface.engine();
    await engine.empty('DELETE', `/images/${image}`);
  }
}
