// Becoming another program.
#ifndef PROGRAM_H
#define PROGRAM_H

#include "kernel.h"

/* Executes a command, found in the environment's PATH where its name has no slash; gives an error's number. */
int program_become(char **command, char **environment);

#endif
