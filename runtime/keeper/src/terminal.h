// The terminal of a process that enters a container: one of the container's own.
#ifndef TERMINAL_H
#define TERMINAL_H

#include "kernel.h"

/* Connects to a socket in the working folder; negative where nobody listens. */
int console_connect(const char *name);
/* Makes a terminal, sends its master over the connection, which it closes, and takes the other side as stdin, stdout, stderr. */
int terminal_take(int connection, const struct winsize *size, uint32_t owner);
/* It becomes the terminal of this process's session. */
int terminal_control(void);

#endif
