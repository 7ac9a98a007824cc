import { expect, it } from 'vitest';
import { apiMessage, EngineUnavailable, explain } from './errors.ts';
import { RegistryError, type RegistryProblem } from './registries/registry-error.ts';

const api = (statusCode: number, message: string, json?: object) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message} `), { statusCode, json });

it("gives the engine's words without what the client library puts around them", () => {
  expect(apiMessage(api(404, 'No such container: x'))).toBe('No such container: x');
  expect(apiMessage(api(404, 'other', { message: 'from the body' }))).toBe('from the body');
});

it('offers to remove the container whose name is taken', () => {
  const message =
    'Conflict. The container name "/web" is already in use by container "3100d2b2". You have to remove (or rename) that container.';
  expect(explain(api(409, message), 'Run “web”')).toMatchObject({ remedies: ['remove-existing'], subject: 'web' });
});

it.each([
  'driver failed programming external connectivity on endpoint web: Bind for 0.0.0.0:8080 failed: port is already allocated',
  'listen tcp4 0.0.0.0:8080: bind: address already in use',
])('offers another port where one is taken', (message) => {
  expect(explain(api(500, message), 'Run')).toMatchObject({ remedies: ['choose-port'], subject: '8080' });
});

it('offers to start our own engine, and to select another where a foreign one is away', () => {
  expect(explain(new EngineUnavailable('gone', 'own'), 'x').remedies[0]).toBe('start-engine');
  expect(explain(new EngineUnavailable('gone', 'other'), 'x').remedies[0]).toBe('select-engine');
  expect(explain(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'x').remedies[0]).toBe('start-engine');
});

it('offers a pull for a missing image and force for one in use', () => {
  expect(explain(api(404, 'No such image: web:latest'), 'x')).toMatchObject({
    remedies: ['pull-image'],
    subject: 'web:latest',
  });
  const used =
    'conflict: unable to remove repository reference "bb" (must force) - container 1 is using its referenced image 2';
  expect(explain(api(409, used), 'x').remedies).toEqual(['force']);
});

it('says nothing about what the user stopped', () => {
  expect(explain(new DOMException('aborted', 'AbortError'), 'Build')).toMatchObject({ cancelled: true });
});

it.each([
  "pull access denied for private/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  'unauthorized: authentication required',
  'no basic auth credentials',
  'denied: requested access to the resource is denied',
])('offers to log in where a registry wants an account: %s', (message) => {
  expect(explain(new Error(message), 'Push “x”').remedies).toEqual(['log-in']);
});

it('says what a registry said, and offers to log in where that helps', () => {
  const problem = (kind: RegistryProblem) => explain(new RegistryError(kind, 'localhost:5000', 'It said no.'), 'x');
  expect(problem('unauthorized')).toEqual({ message: 'It said no.', remedies: ['log-in'], subject: 'localhost:5000' });
  expect(problem('not-deletable').remedies).toEqual([]);
});
