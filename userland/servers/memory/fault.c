/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: a page of a region that is touched for the first time is mapped;
 * anything else is a crash, whose cause only the books know.
 */
#include "memory.h"

#include <stddef.h>
#include <string.h>

#define NULL_BYTES 0x10000u /* an access below is through a null pointer */

/* The space whose tables have that address. */
static const struct space *
space_of(const struct process *p, const struct body *body, uint64_t address)
{
	if (address >= SLOT_STATE_BASE)
		return &p->state;
	if (address >= SLOT_ESTATE_BASE)
		return &p->estate;
	return &body->space;
}

static enum fault_cause
page_cause(const struct process *p, const struct body *body, uint64_t address, uint64_t access)
{
	if (address < NULL_BYTES)
		return CAUSE_NULL;
	uint64_t prot = 0;
	const struct space *s = space_of(p, body, address);
	if (s->handle != HANDLE_NONE && space_page(s, address & ~(PAGE_BYTES - 1), &prot) != 0) {
		if (access == ACCESS_EXECUTE)
			return CAUSE_NOT_EXECUTABLE;
		return access == ACCESS_WRITE ? CAUSE_READ_ONLY : CAUSE_UNKNOWN;
	}
	const struct region *r = body->regions;
	while (r != NULL && r->base <= address)
		r = r->next;
	if (r != NULL && r->kind == REGION_STACK &&
	    r->base - address <= STACK_GUARD_PAGES * PAGE_BYTES)
		return CAUSE_STACK_OVERFLOW;
	return CAUSE_UNMAPPED;
}

static enum fault_cause
cause_of(const struct process *p, const struct body *body, const uint64_t word[MESSAGE_WORDS])
{
	switch (word[FAULT_WORD_KIND]) {
	case FAULT_PAGE:
		return page_cause(p, body, word[FAULT_WORD_ADDRESS], word[FAULT_WORD_ACCESS]);
	case FAULT_UNDEFINED:
		return CAUSE_UNDEFINED;
	case FAULT_ALIGNMENT:
		return CAUSE_ALIGNMENT;
	case FAULT_CALL:
		return CAUSE_BAD_CALL;
	default:
		return CAUSE_UNKNOWN;
	}
}

bool
memory_fault(struct memory *m, uint64_t instance, const uint64_t word[MESSAGE_WORDS])
{
	struct body *body = body_by_instance(m, instance);
	if (body == NULL)
		return false;
	struct process *p = body->owner;
	enum fault_cause cause = CAUSE_UNKNOWN;
	struct region *r =
	    word[FAULT_WORD_KIND] == FAULT_PAGE ? region_at(body, word[FAULT_WORD_ADDRESS]) : NULL;
	if (r != NULL && word[FAULT_WORD_ACCESS] != ACCESS_EXECUTE) {
		err_t err = region_touch(m, p, r, word[FAULT_WORD_ADDRESS]);
		/* Another thread's touch may have been first. */
		if (err == OK || err == ERR_MAPPED)
			return true;
		cause = CAUSE_NO_MEMORY;
	} else {
		cause = cause_of(p, body, word);
	}
	if (!body->crash.waiting) {
		body->crash.waiting = 1;
		body->crash.cause = cause;
		memcpy(body->crash.word, word, sizeof body->crash.word);
		m->crashes_waiting++;
	}
	return false;
}

struct body *
memory_next_crash(struct memory *m)
{
	for (uint32_t i = 0; m->crashes_waiting > 0 && i < MEMORY_BUCKETS; i++) {
		for (struct body *q = m->by_instance[i]; q != NULL; q = q->next) {
			if (q->crash.waiting) {
				q->crash.waiting = 0;
				m->crashes_waiting--;
				return q;
			}
		}
	}
	return NULL;
}

void
memory_put_crash(struct memory *m, struct body *body)
{
	body->crash.waiting = 1;
	m->crashes_waiting++;
}
