import { Console } from 'node:console';
import { type Connection, createConnection, ProposedFeatures, StreamMessageReader } from 'vscode-languageserver/node';
import { loadShell } from '../core/bash/load-shell.ts';
import { WholeMessageWriter } from './message-writer.ts';
import { optimiseAsUsual, optimiseLate } from './optimising.ts';
import { startServer } from './server.ts';
import { WarmUp } from './warm-up.ts';

optimiseLate();
// Where no document comes for a while.
setTimeout(optimiseAsUsual, 5000).unref();
const warmUp = new WarmUp(optimiseAsUsual, (message) => console.error(message));

/** Over standard input and output, which end with the client. */
function overStdio(): Connection {
  globalThis.console = new Console(process.stderr);
  const reader = new StreamMessageReader(process.stdin);
  reader.onClose(() => process.exit(1));
  process.stdin.on('data', () => warmUp.makeWay());
  return createConnection(ProposedFeatures.all, reader, new WholeMessageWriter(process.stdout));
}

// Over stdio, a pipe or Node's IPC, as the command line says (--stdio, --node-ipc, --pipe=…).
startServer(
  process.argv.includes('--stdio') ? overStdio() : createConnection(ProposedFeatures.all),
  loadShell(__dirname),
  warmUp,
);
