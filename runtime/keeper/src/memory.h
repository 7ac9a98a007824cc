// Whether the kernel has killed a process of the control group for lack of memory: known here even where systemd takes the group
// away as soon as its last process has ended.
#ifndef MEMORY_H
#define MEMORY_H

/* LIKELY_FOR_MEMORY: its group is gone, it was killed, and the kernel has killed something near it meanwhile. */
enum { SURVIVED = 0, KILLED_FOR_MEMORY = 1, NOTHING_KNOWN = 2, LIKELY_FOR_MEMORY = 3 };

/* `folder` is the group's, where its memory is bounded; NULL where nobody wants to know. Called before the process starts. */
void memory_watch(const char *folder);
/* Called as soon as the process has ended, with its wait status. */
int memory_verdict(int status);

#endif
