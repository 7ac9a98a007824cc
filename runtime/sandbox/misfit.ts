/** What dockerd adds where a mount's source and destination are not of one kind (moby, daemon/errors.go). */
export const MISFIT =
  'Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type';
