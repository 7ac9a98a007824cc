// The process that is kept: the command that starts it, its streams, its end.
#ifndef CHILD_H
#define CHILD_H

#include "kernel.h"

struct plan {
    char **command;
    char **environment;
    int terminal, input;
    uint32_t uid, gid;
    /* Descriptors from 4 on that the command gets from 3 on. */
    int extra;
    /* Folder of a control group of version 2 in which the command is to start, else NULL. */
    const char *cgroup;
    /* Where the command leaves the process's id, else NULL. */
    const char *pid_file;
    /* Instead of a command: an open file with what is to be entered (plan.h); -1 where there is a command. */
    int entry;
};

/* Our ends of its streams, -1 where there is none (any more). With a terminal, both are its master. */
struct streams { int in, out, err; };
extern struct streams streams;

/* Where the terminal of a process is sent to, in the working folder. */
#define CONSOLE "console.sock"

/* Makes the streams and starts the command; gives its pid, or a negative number. */
int child_start(const struct plan *plan);
/* Receives the terminal that the command or the process has sent; 0 where there is none. */
int child_terminal(const struct plan *plan);
void child_close(int *fd);

#endif
