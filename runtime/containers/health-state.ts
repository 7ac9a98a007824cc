/** What a container's health is, as far as tests have shown. */
export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

/** What one test gave. */
export interface HealthResult {
  /** RFC 3339. */
  readonly start: string;
  readonly end: string;
  /** -1 for one that took too long or could not be started. */
  readonly exitCode: number;
  readonly output: string;
}

/** A container's health with the last results. */
export interface HealthState {
  readonly status: HealthStatus;
  readonly failingStreak: number;
  /** Oldest first. */
  readonly log: readonly HealthResult[];
}

/** `State.Health` of inspect. */
export function healthRecord({ status, failingStreak, log }: HealthState) {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({
      Start: start,
      End: end,
      ExitCode: exitCode,
      Output: output,
    })),
  };
}
