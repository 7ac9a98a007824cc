import { EventEmitter, once } from 'node:events';
import { within } from '../../../core/time/within.ts';
import { conflict, invalid, notFound } from '../../errors.ts';
import type { Exchange, Routes } from '../exchange.ts';
import { header } from '../header.ts';
import { BuildSession } from './session.ts';

/** Milliseconds that a build waits for its session, as dockerd does. */
const PATIENCE = 5000;

/** The sessions that clients have opened for builds, by the IDs that they chose. */
export class BuildSessions {
  readonly #open = new Map<string, BuildSession>();
  readonly #opened = new EventEmitter().setMaxListeners(0);

  /** A client opens its session at the same time as it asks for the build. Error: EngineError `not-found`, in dockerd's words. */
  async get(id: string, signal: AbortSignal): Promise<BuildSession> {
    const session = this.#open.get(id);
    if (session !== undefined) return session;
    try {
      await once(this.#opened, `opened ${id}`, { signal: within(PATIENCE, signal) });
    } catch (cause) {
      throw notFound({ code: 'no-session', message: `no active session for ${id}`, subject: id, cause });
    }
    return this.get(id, signal);
  }

  /** `POST /session` of the Docker Engine API: the connection becomes the session, until either side ends it. */
  readonly routes: Routes = { 'POST /session': (x) => this.#accept(x) };

  async #accept(x: Exchange): Promise<void> {
    const id = header(x, 'x-docker-expose-session-uuid');
    if (id === undefined || id === '' || id.length > 128) {
      throw invalid({ code: 'no-session-id', message: 'a session needs an ID: X-Docker-Expose-Session-Uuid' });
    }
    if (!/^h2c$/i.test(header(x, 'upgrade') ?? '')) {
      throw invalid({ code: 'no-h2c', message: 'a session needs an upgrade to h2c' });
    }
    if (this.#open.has(id)) {
      throw conflict({ code: 'session-taken', message: `there is a session ${id} already`, subject: id });
    }
    const session = new BuildSession(await x.hijack('', 'h2c'));
    this.#open.set(id, session);
    this.#opened.emit(`opened ${id}`);
    await session.ended;
    this.#open.delete(id);
  }
}
