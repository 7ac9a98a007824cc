import { createServer } from 'node:net';

function tryPort(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: got } = server.address();
      server.close(() => resolve(got));
    });
  });
}

/** Gives `wanted` where it is free on 127.0.0.1; else any free port with `orAny`, or an error that says it is taken. */
export async function freePort(wanted = 0, { orAny = true } = {}) {
  try {
    return await tryPort(wanted);
  } catch (error) {
    if (error.code !== 'EADDRINUSE' || !orAny) throw new Error(`Port ${wanted} cannot be used: ${error.message}`);
    return tryPort(0);
  }
}
