import { ExecStart } from '../../protocol/engine/exec.ts';
import { attach } from '../containers/attach.ts';
import type { Execs } from '../containers/execs.ts';
import { conflict, EngineError } from '../errors.ts';
import type { Exchange, Routes } from './exchange.ts';
import { streamType } from './stream-type.ts';

/** `/exec` of the Docker Engine API. */
export function execRoutes(execs: Execs): Routes {
  const of = (exchange: Exchange) => execs.get(exchange.params.id ?? '');
  return {
    'POST /exec/{id}/start': async (x) => {
      const exec = of(x);
      const body = await x.json(ExecStart);
      execs.claim(exec);
      if (body.Detach) {
        const { ended } = await execs.start(exec, body.ConsoleSize);
        ended.catch(() => undefined);
        return x.sendEmpty(200);
      }
      const client = await x.hijack(streamType(x.version, body.Tty));
      const { AttachStdin: stdin, AttachStdout: stdout, AttachStderr: stderr, DetachKeys: detachKeys } = exec.config;
      // Whoever starts it says whether its outputs come in frames, as in Docker.
      const target = { tty: body.Tty, output: exec.output, input: exec.input, atInputEnd: 'close-input' as const };
      const attached = attach(client, target, { stdin, stdout, stderr, detachKeys });
      try {
        await (await execs.start(exec, body.ConsoleSize)).ended;
      } catch (error) {
        // The client has been told through the stream, and asks for the exit code.
        if (!(error instanceof EngineError)) throw error;
      }
      await attached;
    },
    'POST /exec/{id}/resize': (x) => {
      const exec = of(x);
      if (exec.state !== 'running') {
        throw conflict({ code: 'exec-not-running', message: `exec ${exec.id} is not running`, subject: exec.id });
      }
      exec.resize(x.query.integer('h') ?? 0, x.query.integer('w') ?? 0);
      x.sendEmpty(200);
    },
    'GET /exec/{id}/json': (x) => x.sendJson(200, of(x).inspect()),
  };
}
