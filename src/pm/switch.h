/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The switch: the one step of an update that others can see.
 */
#ifndef PM_SWITCH_H
#define PM_SWITCH_H

#include "update.h"

/*
 * Give estate, state and PID to the new instance, and let it serve.
 *
 * Requires  the old instance is stopped, the new one waits for its READY.
 * Returns   OK; u->old now has the new instance and u->new the old one. Or, with
 *           everything as it was, what refused it; u->reason says so if an insulator did.
 */
MUST_CHECK err_t switch_instances(struct update *u);

/* Remove the old instance, to the last page; u->new is gone. Cannot fail. */
void switch_commit(struct update *u);

#endif
