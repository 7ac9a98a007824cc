import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { loadShell } from '../core/bash/load-shell.ts';
import { startServer } from './server.ts';

// Over stdio, a pipe or Node's IPC, as the command line says (--stdio, --node-ipc, --pipe=…).
startServer(createConnection(ProposedFeatures.all), loadShell(__dirname));
