// Becoming another program.
#ifndef PROGRAM_H
#define PROGRAM_H

#include "kernel.h"

/* Executes a command, found in the environment's PATH where its name has no slash; gives an error's number. */
int program_become(char **command, char **environment);

/*
 * Executes a command: by its name where that has a slash, else the first file in these folders (absolute, without a slash at the
 * end) that somebody may execute, as OCI runtimes do. Returns where there is none, or where it cannot be executed.
 */
void program_become_first(char **command, char **environment, const char *const *folders);

#endif
