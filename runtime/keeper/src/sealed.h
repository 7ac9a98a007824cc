// A copy of this program in memory that cannot be changed any more: a container that gets at the /proc/PID/exe of a process which
// enters it cannot write to the machine's own file through it (CVE-2019-5736).
#ifndef SEALED_H
#define SEALED_H

/* Whether this process runs such a copy. */
int is_sealed(void);
/* Becomes the copy, under a name and without an environment; returns where that fails. */
void sealed_become(const char *name);

#endif
