/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rings' slow steps: sizes, making, adopting, and looking at the peer's
 * marks. It touches only the two runs, and never writes the peer's.
 */
#include <insula/rpc/ring.h>

err_t
ring_geometry_make(struct ring_geometry *g, uint32_t depth, uint32_t in_bytes, uint32_t out_bytes)
{
	if (depth == 0 || depth > RING_DEPTH_MAX || (depth & (depth - 1)) != 0)
		return ERR_ARGUMENT;
	uint64_t most = RING_PAGES_MAX * PAGE_BYTES;
	if (in_bytes > most || out_bytes > most)
		return ERR_TOO_LONG;

	struct ring_geometry made = {
		.depth = depth,
		.call_bytes = RING_CALL_HEADER + ((in_bytes + 7u) & ~7u),
		.result_bytes = RING_RESULT_HEADER + ((out_bytes + 7u) & ~7u),
	};
	uint64_t client = ring_client_bytes(&made);
	uint64_t server = ring_server_bytes(&made);
	uint64_t pages = ((client > server ? client : server) + PAGE_BYTES - 1) / PAGE_BYTES;
	if (pages > RING_PAGES_MAX)
		return ERR_TOO_LONG;
	made.pages = (uint32_t)pages;
	*g = made;
	return OK;
}

bool
ring_geometry_valid(const struct ring_geometry *g)
{
	if (g->depth == 0 || g->depth > RING_DEPTH_MAX || (g->depth & (g->depth - 1)) != 0)
		return false;
	if (g->call_bytes < RING_CALL_HEADER || g->call_bytes % 8 != 0)
		return false;
	if (g->result_bytes < RING_RESULT_HEADER || g->result_bytes % 8 != 0)
		return false;
	uint64_t bytes = (uint64_t)g->pages * PAGE_BYTES;
	return g->pages <= RING_PAGES_MAX && ring_client_bytes(g) <= bytes &&
	    ring_server_bytes(g) <= bytes;
}

void
ring_pages_init(void *client_run, void *server_run, const struct ring_geometry *g)
{
	uint64_t *client = client_run;
	uint64_t *server = server_run;
	for (uint64_t n = 0; n < (uint64_t)g->pages * PAGE_BYTES / 8; n++) {
		client[n] = 0;
		server[n] = 0;
	}
}

void
ring_client_adopt(
    struct ring_client *r, void *client_run, void *server_run, const struct ring_geometry *g)
{
	r->own = client_run;
	r->peer = server_run;
	r->head = atomic_load_explicit(&r->own->head, memory_order_relaxed);
	r->results_taken = atomic_load_explicit(&r->own->results_taken, memory_order_relaxed);
	r->results_seen = r->results_taken;
	r->depth = g->depth;
	r->mask = g->depth - 1;
	r->call_bytes = g->call_bytes;
	r->result_bytes = g->result_bytes;
	/* Nothing of the peer's is taken on trust: the lowest that G2 allows, until a refresh. */
	r->free_seen = r->head > g->depth ? r->head - g->depth : 0;
	ring_client_set_limit(r);
}

err_t
ring_client_refresh(struct ring_client *r)
{
	uint64_t results = atomic_load_explicit(&r->peer->results_head, memory_order_acquire);
	uint64_t free = atomic_load_explicit(&r->peer->free, memory_order_acquire);
	/* Both only grow, and neither passes what was called; subtraction, so that no sum wraps. */
	if (results - r->results_seen > r->head - r->results_seen)
		return ERR_PROTOCOL;
	if (free - r->free_seen > r->head - r->free_seen)
		return ERR_PROTOCOL;
	r->results_seen = results;
	r->free_seen = free;
	return OK;
}

void
ring_server_adopt(
    struct ring_server *r, void *client_run, void *server_run, const struct ring_geometry *g)
{
	r->peer = client_run;
	r->own = server_run;
	r->taken = atomic_load_explicit(&r->own->taken, memory_order_relaxed);
	r->done = atomic_load_explicit(&r->own->done, memory_order_relaxed);
	r->results_head = atomic_load_explicit(&r->own->results_head, memory_order_relaxed);
	r->head_seen = r->taken;
	r->depth = g->depth;
	r->mask = g->depth - 1;
	r->call_bytes = g->call_bytes;
	r->result_bytes = g->result_bytes;
	r->consumed_seen = r->results_head > g->depth ? r->results_head - g->depth : 0;
}

err_t
ring_server_refresh(struct ring_server *r)
{
	/* head first: what the client consumed before it called is then seen too (G3). */
	struct ring_client_page *peer = r->peer;
	uint64_t head = atomic_load_explicit(&peer->head, memory_order_acquire);
	uint64_t consumed = atomic_load_explicit(&peer->results_taken, memory_order_acquire);
	if (head - r->done > r->depth || head - r->head_seen > r->depth)
		return ERR_PROTOCOL;
	if (consumed - r->consumed_seen > r->results_head - r->consumed_seen)
		return ERR_PROTOCOL;
	if (head - consumed > r->depth)
		return ERR_PROTOCOL;
	r->head_seen = head;
	r->consumed_seen = consumed;
	return head == r->taken ? ERR_WOULD_BLOCK : OK;
}

uint64_t
ring_server_last(const struct ring_server *r)
{
	if (r->results_head == 0)
		return 0;
	uint32_t last = (uint32_t)(r->results_head - 1) & r->mask;
	const struct ring_result *slot =
	    (const struct ring_result *)(const void *)((const uint8_t *)r->own + sizeof *r->own +
		(uint64_t)last * r->result_bytes);
	return slot->number;
}

bool
ring_server_published(const struct ring_server *r, uint64_t number)
{
	return number != 0 && ring_server_last(r) == number;
}

struct ring_parked *
ring_server_park(const struct ring_server *r)
{
	for (uint32_t place = 0; place < r->depth; place++) {
		struct ring_parked *p = ring_server_parked(r, place);
		if (atomic_load_explicit(&p->number, memory_order_relaxed) == 0)
			return p;
	}
	return NULL;
}
