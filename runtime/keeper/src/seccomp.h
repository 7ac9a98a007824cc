// Filters of system calls: read from a process that has one, given to this one.
#ifndef SECCOMP_H
#define SECCOMP_H

#include "kernel.h"

/* A program of the kernel's classic BPF: 8 bytes an instruction. */
struct filter { const char *bytes; size_t length; };

/* From now on this process has the filter, and whatever it becomes; 0 where the kernel does not take it. */
int seccomp_use(const struct filter *filter);
/* Writes the only filter of a process to a new file; gives an exit code. Needs CAP_SYS_ADMIN in the first user namespace. */
int seccomp_read(int pid, const char *file);

#endif
