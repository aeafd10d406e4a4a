/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The books against the kernel: every space's counts, and every frame's state.
 */
#include "memory.h"

#include <stddef.h>

/* MM1 of one space. */
static uint64_t
audit_space(const struct space *s)
{
	uint64_t x[7];
	if (s->handle == HANDLE_NONE)
		return s->lot.first != 0 || s->lot.user != 0 || s->lot.promised != 0;
	if (s->strange)
		return 0;
	if (insula_space_query(s->handle, SPACE_FUND, 0, x) != OK)
		return 1;
	uint64_t wrong = x[0] != s->lot.kernel;
	return wrong + (x[2] != (uint64_t)s->lot.user + s->foreign);
}

/* MM3. */
static uint64_t
audit_regions(const struct body *body)
{
	uint64_t wrong = 0, untouched = 0, last = 0;
	for (const struct region *r = body->regions; r != NULL; r = r->next) {
		wrong += r->base < last || r->pages == 0;
		last = r->base + r->pages * PAGE_BYTES;
		untouched += r->untouched;
	}
	return wrong + (untouched != body->space.lot.promised);
}

static uint64_t
audit_process(const struct process *p)
{
	uint64_t wrong = audit_space(&p->estate) + audit_space(&p->state);
	if (p->body != NULL)
		wrong += audit_space(&p->body->space) + audit_regions(p->body) +
		    (p->body->owner != p ? 1 : 0);
	uint64_t rings = 0;
	for (const struct share_side *side = p->shares; side != NULL; side = side->next) {
		const struct share *share = side->share;
		if (side == &share->client || share->client.process == NULL)
			rings += share->pages;
		wrong += share->lot.user != share->pages || side->process != p;
	}
	return wrong + (rings != p->rings);
}

/* What the kernel should say of a frame of that kind. */
static bool
frame_agrees(const struct memory *m, uint32_t frame, bool lent)
{
	uint64_t x[7];
	enum frame_state state = FRAME_KERNEL;
	if (insula_space_query(
		m->home.handle, SPACE_PAGE, ledger_home_address(&m->ledger, frame), x) == OK)
		state = (enum frame_state)x[1];
	switch (ledger_kind(&m->ledger, frame)) {
	case KIND_USER:
		return state == FRAME_USER;
	case KIND_KERNEL:
		return state == FRAME_KERNEL;
	default:
		return lent || state == FRAME_HOME;
	}
}

uint64_t
memory_audit(struct memory *m, uint64_t *frames)
{
	uint64_t wrong = ledger_check(&m->ledger) != 0;
	for (uint32_t i = 0; i < MEMORY_BUCKETS; i++) {
		for (const struct process *p = m->by_pid[i]; p != NULL; p = p->next)
			wrong += audit_process(p);
	}
	*frames = 0;
	for (uint32_t f = 1; f < m->ledger.frames; f++) {
		enum frame_kind kind = ledger_kind(&m->ledger, f);
		if (kind == KIND_USER || kind == KIND_KERNEL || kind == KIND_OWN) {
			wrong += !frame_agrees(m, f, false);
			++*frames;
		}
	}
	for (uint32_t zero = 0; zero < 2; zero++) {
		for (uint32_t order = 0; order < LEDGER_ORDERS; order++) {
			uint32_t f = m->ledger.free[zero][order];
			for (; f != 0; f = m->ledger.frame[f].next_kind >> 8) {
				for (uint32_t i = 0; i < 1u << order; i++) {
					uint64_t x[7];
					wrong += insula_space_query(m->home.handle, SPACE_PAGE,
						     ledger_home_address(&m->ledger, f + i),
						     x) != OK ||
					    x[1] != FRAME_HOME;
					++*frames;
				}
			}
		}
	}
	return wrong + m->discrepancies;
}
