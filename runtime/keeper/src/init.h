// Process 1 of a container that asks for one (`docker run --init`): the same program under the name docker-init.
#ifndef INIT_H
#define INIT_H

#include "kernel.h"

/* Whether the program was called by the name of the init. */
int is_init(const char *name);
/* `docker-init -- COMMAND…`: runs the command, passes signals on to it, waits for all orphans; gives its exit code. */
int init_main(char **argv, char **env);

#endif
