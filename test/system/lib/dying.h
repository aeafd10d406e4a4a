/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects whose destruction has begun and does not go on: what every call but
 * destroy must refuse with ERR_DYING. No time is involved: the destroyer is a
 * thread of low priority that runs because it serves a caller of high
 * priority, and that ends with the first step of the destruction.
 */
#ifndef TEST_DYING_H
#define TEST_DYING_H

#include "threads.h"

struct dying {
	handle_t handle; /* of the object */
	uint64_t rights; /* all that its type has: RIGHTS_* */
	handle_t bell;   /* where the destroyer receives */
	struct worker *destroyer, *caller;
};

/* Makes one of the type, and begins to destroy it. The caller's priority must be MAIN. */
void dying_begin(struct dying *d, uint64_t rights);
/* Lets the destroyer finish, which must succeed. */
void dying_end(struct dying *d);

#endif
