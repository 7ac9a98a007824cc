import * as z from 'zod/mini';

/** What a container's health is, as far as tests have shown. */
const HealthStatus = z.enum(['starting', 'healthy', 'unhealthy']);
export type HealthStatus = z.output<typeof HealthStatus>;

/** What one test gave. */
const HealthResult = z.object({
  /** RFC 3339. */
  start: z.string(),
  end: z.string(),
  /** -1 for one that took too long or could not be started. */
  exitCode: z.number(),
  output: z.string(),
});
export type HealthResult = z.output<typeof HealthResult>;

/** A container's health with the last results. */
export const HealthState = z.object({
  status: HealthStatus,
  failingStreak: z.number(),
  /** Oldest first. */
  log: z.array(HealthResult),
});
export type HealthState = z.output<typeof HealthState>;

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
