import { type Command, print } from '../command.ts';
import { readEnv } from '../create-body.ts';
import { Created, ExecInspect } from '../records.ts';
import { joinStreams, requireTty, tellSize } from '../terminal.ts';

/** `lapstrake exec`. */
export const exec: Command = {
  name: 'exec',
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  summary: 'Run a command in a running container',
  options: {
    interactive: { type: 'boolean', short: 'i' },
    tty: { type: 'boolean', short: 't' },
    detach: { type: 'boolean', short: 'd' },
    env: { type: 'string', short: 'e', multiple: true },
    workdir: { type: 'string', short: 'w' },
    user: { type: 'string', short: 'u' },
    privileged: { type: 'boolean' },
  },
  optionHelp: {
    interactive: 'keep stdin open',
    tty: 'give it a terminal',
    detach: 'run in the background',
    env: 'NAME=VALUE, may be repeated',
    workdir: 'working directory',
    user: 'USER[:GROUP]',
    privileged: 'give it all that the engine has',
  },
  stopAtFirst: true,
  positionals: [2, 9999],
  failureCode: 1,
  async run(args, surface) {
    const joining = { tty: args.has('tty'), stdin: args.has('interactive') };
    const isDetached = args.has('detach');
    if (!isDetached) requireTty(surface, joining);
    const engine = await surface.engine();
    const [container = '', ...command] = args.positionals;
    const { Id } = await engine.json(Created, 'POST', `/containers/${encodeURIComponent(container)}/exec`, {
      json: {
        AttachStdin: joining.stdin && !isDetached,
        AttachStdout: !isDetached,
        AttachStderr: !isDetached,
        Tty: joining.tty,
        Cmd: command,
        Env: readEnv(args.texts('env'), surface.env),
        WorkingDir: args.text('workdir') ?? '',
        User: args.text('user') ?? '',
        Privileged: args.has('privileged'),
      },
    });
    const path = `/exec/${Id}`;
    if (isDetached) {
      await engine.empty('POST', `${path}/start`, { json: { Detach: true, Tty: joining.tty } });
      print(surface.stdout, Id);
      return 0;
    }
    const stream = await engine.hijack('POST', `${path}/start`, { json: { Detach: false, Tty: joining.tty } });
    if (joining.tty) await tellSize(surface, engine, path);
    await joinStreams(surface, engine, stream, { ...joining, resizePath: path });
    return (await engine.json(ExecInspect, 'GET', `${path}/json`)).ExitCode;
  },
};
