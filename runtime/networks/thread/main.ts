import { parentPort, workerData } from 'node:worker_threads';
import { EngineError } from '../../errors.ts';
import { NetworkOps } from '../network-ops.ts';
import { END, type OpAnswer, type OpRequest, type ThreadData } from './messages.ts';

// Entry of the thread that has its own network namespace: dist/network-thread.js.
if (parentPort !== null) serve(parentPort, workerData as ThreadData);

function serve(port: NonNullable<typeof parentPort>, { home }: ThreadData): void {
  let ops: NetworkOps | undefined;
  port.on('message', (request: OpRequest | typeof END) => {
    if (request === END) process.exit();
    const { id, op, args } = request;
    let answer: OpAnswer;
    try {
      ops ??= new NetworkOps(home);
      answer = { id, result: (ops[op] as (...args: readonly unknown[]) => unknown).apply(ops, [...args]) };
    } catch (error) {
      answer = { id, error: describe(error) };
    }
    port.postMessage(answer);
  });
}

function describe(error: unknown): Extract<OpAnswer, { error: unknown }>['error'] {
  const message = error instanceof Error ? error.message : String(error);
  const errnoName = error instanceof Error && 'errnoName' in error ? String(error.errnoName) : undefined;
  return error instanceof EngineError
    ? { kind: error.kind, code: error.code, message, errnoName }
    : { kind: 'internal', code: 'network-failed', message, errnoName };
}
