// The container's log, in the format of Docker's json-file driver. What was given to `log_take` and ended with a newline is
// in the file when `log_take` returns: nobody can lose it any more.
#ifndef LOG_H
#define LOG_H

#include "kernel.h"

enum { STDOUT, STDERR };

/* Where to write; `path` NULL keeps no log. Above `max_size` bytes (0: never) the file is moved aside, `files` are kept. */
void log_open(const char *path, uint64_t max_size, unsigned files);
void log_take(int stream, const char *data, size_t length);
/* Writes out lines that have no newline. */
void log_close(void);

#endif
