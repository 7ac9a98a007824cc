import * as z from 'zod/mini';
import { text } from './fields.ts';

/** Body of `POST /auth`: an account at a registry (Docker Engine API, AuthConfig). */
export const AuthRequest = z.object({
  username: text,
  password: text,
  auth: text,
  identitytoken: text,
  registrytoken: text,
  /** `https://index.docker.io/v1/` or empty for Docker Hub, else the registry's host. */
  serveraddress: text,
});

/** What `POST /auth` answers. */
export const AuthAnswer = z.object({ IdentityToken: text, Status: text });
