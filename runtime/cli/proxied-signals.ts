import type { EngineClient } from './engine-client.ts';

const PROXIED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Sends the signals that this process gets on to a container, until the disposal. */
export function proxySignals(engine: EngineClient, id: string): Disposable {
  const listeners = PROXIED.map((name) => {
    const listener = (): void => {
      // A container that has just ended takes no signal; its end is on the way.
      engine.empty('POST', `/containers/${id}/kill`, { query: { signal: name } }).catch(() => undefined);
    };
    process.on(name, listener);
    return { name, listener };
  });
  return {
    [Symbol.dispose]: () => {
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}
