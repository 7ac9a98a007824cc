import { type Command, print } from '../command.ts';
import { eachOf } from '../each-of.ts';
import { RemovedImages } from '../records.ts';

/** `lapstrake rmi`. */
export const rmi: Command = {
  name: 'rmi',
  usage: '[OPTIONS] IMAGE...',
  summary: 'Remove images',
  options: { force: { type: 'boolean', short: 'f' }, 'no-prune': { type: 'boolean' } },
  optionHelp: { force: 'also where stopped containers use it', 'no-prune': 'keep its untagged parents' },
  positionals: [1, 999],
  async run(args, surface) {
    const engine = await surface.engine();
    return eachOf(args.positionals, surface, async (name) => {
      const query = { force: args.has('force'), noprune: args.has('no-prune') };
      for (const { Untagged, Deleted } of await engine.json(RemovedImages, 'DELETE', `/images/${name}`, { query })) {
        print(surface.stdout, Untagged === '' ? `Deleted: ${Deleted}` : `Untagged: ${Untagged}`);
      }
    });
  },
};
