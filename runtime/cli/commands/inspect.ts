import { isKind, notFound } from '../../errors.ts';
import { type Command, print } from '../command.ts';
import { eachOf } from '../each-of.ts';
import type { EngineClient } from '../engine-client.ts';
import { Anything } from '../records.ts';
import { UsageError } from '../usage-error.ts';

/** Where each kind of object is asked for, in the order in which a name is tried. */
const KINDS: Readonly<Record<string, (name: string) => string>> = {
  container: (name) => `/containers/${name}/json`,
  image: (name) => `/images/${name}/json`,
  network: (name) => `/networks/${name}`,
  volume: (name) => `/volumes/${name}`,
};

/** `lapstrake inspect`. */
export const inspect: Command = {
  name: 'inspect',
  usage: '[OPTIONS] NAME...',
  summary: 'Print all that is known of containers, images, networks or volumes, as JSON',
  options: { type: { type: 'string' } },
  optionHelp: { type: `${Object.keys(KINDS).join(', ')} (default: whichever has the name)` },
  positionals: [1, 999],
  async run(args, surface) {
    const type = args.text('type');
    if (type !== undefined && !Object.hasOwn(KINDS, type)) throw new UsageError(`"${type}" is no type of object`, type);
    const engine = await surface.engine();
    const found: unknown[] = [];
    const code = await eachOf(args.positionals, surface, async (name) => {
      found.push(await find(engine, name, type === undefined ? Object.keys(KINDS) : [type]));
    });
    print(surface.stdout, JSON.stringify(found, undefined, 4));
    return code;
  },
};

async function find(engine: EngineClient, name: string, types: readonly string[]): Promise<unknown> {
  for (const type of types) {
    try {
      return await engine.json(Anything, 'GET', KINDS[type]!(encodeURI(name)));
    } catch (error) {
      // A name of one kind need not make sense as one of another.
      if (!isKind(error, 'not-found') && !isKind(error, 'invalid')) throw error;
    }
  }
  throw notFound({
    code: 'no-such-object',
    message: `No such ${types.length === 1 ? types[0] : 'object'}: ${name}`,
    subject: name,
  });
}
