// Starts a further process in a container that runs: what an OCI runtime's exec does, without the runtime. It is either started
// with exactly the rights that the plan gives, or not at all.
#ifndef ENTER_H
#define ENTER_H

/* Exit codes: it runs, and its id is in the pid file; or nothing of it has been executed, and somebody else may try. */
#define ENTERED 0
#define NOT_ENTERED 3

/* Name under which the program runs once nobody can write to it. */
#define ENTERING "enter"

/* Opens the pid file; goes on as `enter` from a copy that nobody can write to. `plan` is an open file. */
int enter_prepare(int plan, const char *pid_file);
/* Starts the process that the plan on descriptor 3 describes, and writes its id to 4. */
int enter_main(void);

#endif
