// Who a process is and what it may.
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include "plan.h"

/* Takes what is not in the set from what this process and all after it can ever have. */
int drop_bounding(uint64_t keep);
/* Becomes the user with its groups, and keeps all capabilities for now. */
int become_user(const struct entry *entry);
/* Has exactly these capabilities from now on. */
int set_capabilities(uint64_t own);
/* Sets the limits of resources. */
int set_limits(const struct entry *entry);
/* Nobody without CAP_SYS_PTRACE may look into this process; becoming a program ends that. */
void hide(void);

#endif
