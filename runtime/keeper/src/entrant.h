// What enters a container, before it is started: its plan comes in pieces, and the container has to run.
#ifndef ENTRANT_H
#define ENTRANT_H

#include "child.h"
#include "enter.h"

/* A file of the container's freezer, and what it says where the container is not paused. */
void entrant_freezer(const char *file);
void entrant_word(const char *word);
/* Makes the keeper's folder and the place for the plan; 0 where that fails. */
int entrant_prepare(struct plan *plan, const char *folder);
/* Takes a piece of the plan; 0 where that fails. */
int entrant_take(const struct plan *plan, const void *data, size_t length);
/* The plan is whole: starts what enters and gives its pid; 0 where nothing has been started. */
int entrant_start(struct plan *plan);

#endif
