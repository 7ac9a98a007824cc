import { domainOf } from '../../registry/credentials.ts';
import { type Command, print } from '../command.ts';
import { dockerConfig } from '../registry-account.ts';

/** `lapstrake logout`. */
export const logout: Command = {
  name: 'logout',
  usage: '[SERVER]',
  summary: 'Log out from a registry, Docker Hub where none is named',
  options: {},
  optionHelp: {},
  positionals: [0, 1],
  async run(args, surface) {
    const domain = domainOf(args.positionals[0] ?? '');
    const shown = domain === 'docker.io' ? 'https://index.docker.io/v1/' : domain;
    const wasThere = await dockerConfig(surface).erase(domain, surface.signal);
    print(surface.stdout, wasThere ? `Removing login credentials for ${shown}` : `Not logged in to ${shown}`);
    return 0;
  },
};
