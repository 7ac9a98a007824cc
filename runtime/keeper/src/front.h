// The beginning of the command line (`lapstrake`): the same program, told so by its first argument.
#ifndef FRONT_H
#define FRONT_H

#include "kernel.h"

/* Whether the program is to be the front: `keeper --front SCRIPT ARGUMENT…`. */
int is_front(int argc, char **argv);
/* Has the running engine do a `build`, and becomes `node SCRIPT ARGUMENT…` for all else; gives the exit code. */
int front_main(int argc, char **argv, char **env);

#endif
