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
  options: { type: { type: 'string' }, platform: { type: 'string' } },
  optionHelp: {
    type: `${Object.keys(KINDS).join(', ')} (default: whichever has the name)`,
    platform: 'which image of several platforms, such as linux/arm64',
  },
  positionals: [1, 999],
  async run(args, surface) {
    const type = args.text('type');
    if (type !== undefined && !Object.hasOwn(KINDS, type)) throw new UsageError(`"${type}" is no type of object`, type);
    const engine = await surface.engine();
    const platform = args.text('platform');
    // Of what there is, only images are for a platform.
    if (platform !== undefined && type !== undefined && type !== 'image') {
      throw new UsageError(`--platform is for images, not for "${type}"`, type);
    }
    const found: unknown[] = [];
    const code = await eachOf(args.positionals, surface, async (name) => {
      if (platform !== undefined) found.push(await ask(engine, 'image', name, { platform }));
      else found.push(await find(engine, name, type === undefined ? Object.keys(KINDS) : [type]));
    });
    print(surface.stdout, JSON.stringify(found, undefined, 4));
    return code;
  },
};

function ask(engine: EngineClient, type: string, name: string, { platform }: { readonly platform?: string }) {
  const query = platform !== undefined ? { platform } : type === 'image' ? { manifests: '1' } : {};
  return engine.json(Anything, 'GET', KINDS[type]!(encodeURI(name)), { query });
}

async function find(engine: EngineClient, name: string, types: readonly string[]): Promise<unknown> {
  for (const type of types) {
    try {
      return await ask(engine, type, name, {});
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
