import { AuthAnswer } from '../../../protocol/engine/auth.ts';
import { type Credentials, domainOf } from '../../registry/credentials.ts';
import type { Arguments } from '../arguments.ts';
import { ask, readSecret } from '../ask.ts';
import { type Command, print, type Surface } from '../command.ts';
import { authConfig, dockerConfig } from '../registry-account.ts';
import { UsageError } from '../usage-error.ts';

const HUB = 'https://index.docker.io/v1/';

/** `lapstrake login`. */
export const login: Command = {
  name: 'login',
  usage: '[OPTIONS] [SERVER]',
  summary: 'Log in to a registry, Docker Hub where none is named',
  options: {
    username: { type: 'string', short: 'u' },
    password: { type: 'string', short: 'p' },
    'password-stdin': { type: 'boolean' },
  },
  optionHelp: {
    username: 'the name of the account',
    password: 'its password or token; others on this machine may see it',
    'password-stdin': 'read the password from standard input',
  },
  positionals: [0, 1],
  async run(args, surface) {
    const domain = domainOf(args.positionals[0] ?? '');
    const config = dockerConfig(surface);
    const { credentials, username } = await accountFrom(args, surface, domain);
    const engine = await surface.engine();
    const { IdentityToken, Status } = await engine.json(AuthAnswer, 'POST', '/auth', {
      json: { ...authConfig(credentials), serveraddress: domain === 'docker.io' ? HUB : domain },
      signal: surface.signal,
    });
    const kept: Credentials = IdentityToken === '' ? credentials : { kind: 'identity', token: IdentityToken };
    const { unencrypted } = await config.store(domain, kept, username, surface.signal);
    if (unencrypted !== undefined) {
      print(surface.stderr, `\nWARNING! Your credentials are stored unencrypted in '${unencrypted}'.`);
      print(surface.stderr, 'Name a credential helper there (credsStore) to change that.\n');
    }
    print(surface.stdout, Status === '' ? 'Login Succeeded' : Status);
    return 0;
  },
};

/** The account that was named on the command line, that is known already, or that the user types. */
async function accountFrom(
  args: Arguments,
  surface: Surface,
  domain: string,
): Promise<{ credentials: Credentials; username: string }> {
  const given = args.text('username');
  const fromStdin = args.has('password-stdin');
  const onLine = args.text('password');
  if (onLine !== undefined && fromStdin) throw new UsageError('--password and --password-stdin are mutually exclusive');
  if (fromStdin && given === undefined)
    throw new UsageError('the --password-stdin option requires --username to be set');
  if (onLine !== undefined) {
    print(surface.stderr, 'WARNING! Using --password via the CLI is insecure. Use --password-stdin.');
  }
  if (given === undefined && onLine === undefined) {
    const known = await dockerConfig(surface).credentialsOf(domain, surface.signal);
    if (known.kind !== 'none') {
      print(surface.stdout, 'Authenticating with existing credentials...');
      return { credentials: known, username: known.kind === 'password' ? known.username : '' };
    }
  }
  const isComplete = given !== undefined && (fromStdin || onLine !== undefined);
  if (!isComplete && surface.stdin.isTTY !== true) {
    throw new UsageError('Cannot perform an interactive login from a non TTY device');
  }
  const username = given ?? (await ask(surface, 'Username: ', 'shown')).trim();
  const password = onLine ?? (fromStdin ? await readSecret(surface) : await ask(surface, 'Password: ', 'hidden'));
  if (username === '') throw new UsageError('username is empty');
  if (password === '') throw new UsageError('password is empty');
  return { credentials: { kind: 'password', username, password }, username };
}
