/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The head that every kernel object begins with. Objects live in kernel pages
 * that a space's fund pays for (mm/fund.h); all of them are reached through
 * the physical map, so a 32-bit reference (address / 32) names any of them.
 *
 * Locks: [k] the kernel lock.
 *
 * Invariants
 *  O1: caps is the head of the list of every capability slot that names the
 *      object; a slot is on the list of exactly the object it names.
 *  O2: payer is the space whose fund holds the object's memory; the object
 *      is on that space's list of objects, once, and dies with it.
 *  O3: an object that is DYING is reached by no handle but for destruction.
 */
#ifndef INSULA_CORE_OBJECT_H
#define INSULA_CORE_OBJECT_H

#include <insula/abi/call.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct space;
struct thread;
struct cap_slot;

enum object_type {
	OBJECT_ENDPOINT = CAP_ENDPOINT,
	OBJECT_THREAD = CAP_THREAD,
	OBJECT_SPACE = CAP_SPACE,
	OBJECT_IRQ = CAP_IRQ, /* the one static object behind interrupt-line capabilities */
	OBJECT_SPORADIC,      /* part of a thread: no capability names it, and it dies with it */
};

#define OBJECT_DYING 1u   /* destruction has begun; only destroy is accepted */
#define OBJECT_STATIC 2u  /* not in any fund, never destroyed: firmware, irq, home */
#define ENDPOINT_LENT 4u  /* endpoint.h, E8 */
#define ENDPOINT_FIXED 8u /* nobody inherits here (C3): its donee is always NULL */

struct object {
	struct cap_slot *caps;               /* [k] O1 */
	struct space *payer;                 /* constant; O2; NULL for a static object */
	uint64_t identity;                   /* constant; never reused, never 0 */
	uint32_t sibling_next, sibling_prev; /* [k] the payer's list of objects; 0: none */
	uint16_t granules;                   /* constant; 64-byte granules it takes in its page */
	uint8_t type;                        /* constant; enum object_type */
	uint8_t flags;                       /* [k] OBJECT_* */
	uint32_t reserved;
};
_Static_assert(sizeof(struct object) == 40, "object heads are 40 bytes");

/* A call handler's way to say "run this svc again": progress is kept in objects. */
#define CALL_RESTART ((err_t)1)
/* "The caller is blocked or switched away; its result registers are not to be touched." */
#define CALL_BLOCKED ((err_t)2)

/* A number that no object has had. */
uint64_t object_new_identity(void);

/* Make a static object's head: no payer, no list. */
void object_init_static(struct object *object, enum object_type type);

/*
 * What creating an object needs: its memory from the payer's fund, zero but
 * for the head, and an empty slot in a table for its first capability, both or
 * neither. For a thread, the payer's root table too. cap_fill(slot, ...) is
 * the point of no return; fund_free gives the memory back.
 *
 * Returns ERR_NO_SLOT; or ERR_NO_FUND, and then `lacking` is how many pages
 * payer and table lack together; nothing is changed.
 */
struct object_place {
	struct object *object;
	struct cap_slot *slot;
	handle_t handle;
	uint64_t lacking;
};
MUST_CHECK err_t object_place(struct space *payer, struct space *table, enum object_type type,
    size_t bytes, struct object_place *place);

/*
 * One bounded step of any object's death, memory included; true when it is
 * gone. Once begun, only this is done to it.
 */
MUST_CHECK bool object_destroy_step(struct object *object);

err_t call_destroy(struct thread *caller, uint64_t *x);

#endif
