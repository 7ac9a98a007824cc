// Getting to where a container's processes are: its control groups, its keyring, its namespaces.
#ifndef JOIN_H
#define JOIN_H

#include "plan.h"

/* The first process as a descriptor; negative where it is not that one any more. Reads the machine's /proc. */
int find_container(const struct entry *entry);
/* Joins the control groups. */
int join_cgroups(const struct entry *entry);
/* Has the container's session keyring from now on. */
int join_keyring(const char *name);
/* Joins all namespaces at once. The root and the working folder are the container's from then on; the pids are for children. */
int join_namespaces(int container, int namespaces);
/* Writes a short text to a file that is there. */
int write_text(const char *file, const char *text);

#endif
