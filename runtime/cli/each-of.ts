import { EngineError } from '../errors.ts';
import { print, type Surface } from './command.ts';

/** Does the same to each name, tells what failed, and gives 1 where something did. */
export async function eachOf(
  names: readonly string[],
  surface: Surface,
  act: (name: string) => Promise<void>,
): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await act(name);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      print(surface.stderr, `lapstrake: ${error.message}`);
      code = 1;
    }
  }
  return code;
}
