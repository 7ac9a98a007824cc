import { conflict, type EngineError } from '../errors.ts';
import type { Container } from './container.ts';

/** The error for what only a running container can do. */
export function notRunning(container: Container): EngineError {
  return conflict({
    code: 'container-not-running',
    message: `Container ${container.id} is not running`,
    subject: container.id,
  });
}

/** The error for what has to wait until a container that failed has been started again. */
export function isRestarting(container: Container): EngineError {
  return conflict({
    code: 'container-restarting',
    message: `Container ${container.id} is restarting, wait until the container is running`,
    subject: container.id,
  });
}

/** What is alive of a container. Errors: EngineError `conflict` where it does not run, or is about to be started again. */
export function runOf(container: Container): NonNullable<Container['run']> {
  if (container.state.status === 'restarting') throw isRestarting(container);
  if (container.run === undefined) throw notRunning(container);
  return container.run;
}

/** The error for a container that is being removed. */
export function beingRemoved(container: Container): EngineError {
  return conflict({
    code: 'container-being-removed',
    message: `removal of container ${container.id} is already in progress`,
    subject: container.id,
  });
}
