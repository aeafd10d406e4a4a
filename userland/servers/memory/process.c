/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes come, go and are swapped. A process is built step by step in its
 * record; whatever step fails, the record is torn down as one that ends.
 */
#include "memory.h"

#include <insula/services/rpc.h>

#include <stddef.h>
#include <string.h>

#define STACK_PAGES_AT_BIRTH 2u
/* What the process manager needs for a thread and a capability; a heap's tables come with the heap. */
#define SPACE_SPARE_PAGES 2u
/* The main endpoint, and capabilities. */
#define ESTATE_SPARE_PAGES 2u
/* With root and tables, of image and stack, of directory and rings: asked for in one piece. */
#define SPACE_FUND_LEAST (SPACE_SPARE_PAGES + 5u)
#define ESTATE_FUND_LEAST (ESTATE_SPARE_PAGES + 3u)

#define RIGHTS_MANAGER_SPACE (RIGHT_CREATE | RIGHT_TABLE | RIGHT_LINK | RIGHT_STOP | RIGHT_SP_QUERY)
#define RIGHTS_MANAGER_ESTATE (RIGHT_TABLE | RIGHT_LINK | RIGHT_SP_QUERY)

struct process *
process_by_pid(const struct memory *m, uint64_t pid)
{
	struct process *p = m->by_pid[pid % MEMORY_BUCKETS];
	while (p != NULL && p->pid != pid)
		p = p->next;
	return p;
}

struct body *
body_by_instance(const struct memory *m, uint64_t instance)
{
	struct body *q = m->by_instance[instance % MEMORY_BUCKETS];
	while (q != NULL && q->instance != instance)
		q = q->next;
	return q;
}

struct process *
process_create(struct memory *m, pid_number_t pid)
{
	struct process *p = pool_take(&m->processes, &m->ledger);
	if (p == NULL)
		return NULL;
	p->pid = pid;
	p->next = m->by_pid[pid % MEMORY_BUCKETS];
	m->by_pid[pid % MEMORY_BUCKETS] = p;
	return p;
}

struct body *
body_create(struct memory *m, struct process *owner, uint32_t instance)
{
	struct body *q = pool_take(&m->privates, &m->ledger);
	if (q == NULL)
		return NULL;
	q->instance = instance;
	q->owner = owner;
	owner->body = q;
	q->next = m->by_instance[instance % MEMORY_BUCKETS];
	m->by_instance[instance % MEMORY_BUCKETS] = q;
	return q;
}

static void
process_delete(struct memory *m, struct process *p)
{
	struct process **at = &m->by_pid[p->pid % MEMORY_BUCKETS];
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	pool_give(&m->processes, &m->ledger, p);
}

static void
body_delete(struct memory *m, struct body *q)
{
	struct body **at = &m->by_instance[q->instance % MEMORY_BUCKETS];
	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	if (q->crash.waiting)
		m->crashes_waiting--;
	pool_give(&m->privates, &m->ledger, q);
}

uint64_t
process_user_pages(const struct process *p)
{
	uint64_t pages = (uint64_t)p->estate.lot.user + p->state.lot.user + p->rings;
	if (p->body != NULL)
		pages += (uint64_t)p->body->space.lot.user + p->body->space.lot.promised;
	return pages;
}

uint64_t
process_kernel_pages(const struct process *p)
{
	uint64_t pages = (uint64_t)p->estate.lot.kernel + p->state.lot.kernel;
	return pages + (p->body != NULL ? p->body->space.lot.kernel : 0);
}

err_t
process_can_pay(const struct memory *m, const struct process *p, uint64_t pages)
{
	if (p != NULL && p->quota != 0) {
		uint64_t used = process_user_pages(p) + process_kernel_pages(p) - p->estate.topped;
		if (pages > p->quota || used > p->quota - pages)
			return ERR_QUOTA;
	}
	return pages > ledger_available(&m->ledger) ? ERR_NO_MEMORY : OK;
}

/* --- what narrow threads see of their estate */

err_t
alias_map(struct memory *m, struct process *p, uint64_t address, uint64_t home_address,
    uint32_t pages, unsigned prot)
{
	if (p->body == NULL || !p->body->narrow)
		return OK;
	struct space *s = &p->body->space;
	if (NARROW_ADDRESS(address) > NARROW_ESTATE_END - pages * PAGE_BYTES)
		return ERR_TOO_MANY;
	err_t err = space_map(m, p, s, NARROW_ADDRESS(address), home_address, pages, prot);
	if (err == OK)
		s->foreign += pages;
	return err;
}

void
alias_unmap(struct memory *m, struct process *p, uint64_t address, uint32_t pages)
{
	if (p->body == NULL || !p->body->narrow)
		return;
	space_unmap(&p->body->space, NARROW_ADDRESS(address), pages);
	p->body->space.foreign -= pages;
	space_trim(m, &p->body->space);
}

/* --- the directory: the process reads it, the RPC insulator writes it */

static err_t
directory_add(struct memory *m, struct process *p)
{
	const uint64_t offset = p->directory_pages * PAGE_BYTES;
	err_t err = space_map_new(m, p, &p->estate, DIRECTORY + offset, 1, PROT_R);
	if (err != OK)
		return err;
	const uint64_t home = space_page(&p->estate, DIRECTORY + offset, NULL);
	err = alias_map(m, p, DIRECTORY + offset, home, 1, PROT_R);
	if (err == OK) {
		err = space_map(m, NULL, &m->rpc->body->space,
		    RPC_DIRECTORY_ADDRESS(p->pid) + offset, home, 1, PROT_W);
		if (err != OK)
			alias_unmap(m, p, DIRECTORY + offset, 1);
	}
	if (err != OK) {
		space_unmap_lent(m, &p->estate, DIRECTORY + offset, 1);
		space_trim(m, &p->estate);
		return err;
	}
	m->rpc->body->space.foreign++;
	p->directory_pages++;
	return OK;
}

static void
directory_end(struct memory *m, struct process *p)
{
	if (p->directory_pages == 0)
		return;
	struct space *s = &m->rpc->body->space;
	space_unmap(s, RPC_DIRECTORY_ADDRESS(p->pid), p->directory_pages);
	s->foreign -= p->directory_pages;
	space_trim(m, s);
	p->directory_pages = 0;
}

err_t
memory_directory(struct memory *m, uint64_t pid, uint64_t *pages)
{
	struct process *p = process_by_pid(m, pid);
	if (p == NULL)
		return ERR_NO_PROCESS;
	if (p->estate.handle == HANDLE_NONE)
		return ERR_STATE;
	if (p->directory_pages == DIRECTORY_MAX_PAGES)
		return ERR_TOO_MANY;
	err_t err = directory_add(m, p);
	if (err == OK)
		*pages = p->directory_pages;
	return err;
}

/* --- building */

static err_t
build_info(struct memory *m, struct process *p, const void *info, uint32_t bytes)
{
	struct space *s = &p->body->space;
	const uint64_t at = p->body->narrow ? NARROW_PROCESS_INFO : PROCESS_INFO;
	err_t err = space_map_new(m, p, s, at, 1, PROT_R);
	if (err != OK)
		return err;
	uint64_t home = space_page(s, at, NULL);
	memcpy(m->ledger.home + (home - HOME_BASE), info, bytes);
	return OK;
}

static err_t
build_devices(struct memory *m, struct process *p, const struct memory_plan *plan)
{
	struct space *s = &p->body->space;
	for (uint64_t i = 0; i < plan->devices; i++) {
		uint64_t pages = plan->device[i].bytes >> PAGE_SHIFT;
		for (uint64_t n = 0; n < pages; n++) {
			uint64_t offset = n << PAGE_SHIFT;
			err_t err = space_map(m, p, s, plan->device[i].address + offset,
			    HOME_BASE + plan->device[i].physical + offset, 1,
			    (uint32_t)plan->device[i].prot);
			if (err != OK)
				return err;
			s->foreign++;
		}
	}
	return OK;
}

static err_t
build_body(struct memory *m, struct process *p, const struct memory_plan *plan, const void *info,
    uint32_t info_bytes)
{
	struct space *s = &p->body->space;
	uint64_t fund = plan->space_fund;
	err_t err = space_make(m, s, 0);
	if (err == OK)
		err = space_fund(
		    m, p, s, fund < SPACE_FUND_LEAST ? SPACE_FUND_LEAST : (uint32_t)fund);
	if (err == OK)
		err = image_map(m, p, plan);
	uint32_t stack = (uint32_t)((plan->stack_bytes + PAGE_BYTES - 1) >> PAGE_SHIFT);
	const uint64_t top = p->body->narrow ? NARROW_STACK_TOP : MAIN_STACK_TOP;
	if (err == OK)
		err = region_add(m, p, REGION_STACK, top - stack * PAGE_BYTES, stack,
		    stack < STACK_PAGES_AT_BIRTH ? stack : STACK_PAGES_AT_BIRTH);
	if (err == OK)
		err = build_info(m, p, info, info_bytes);
	if (err == OK)
		err = build_devices(m, p, plan);
	if (err == OK)
		err = space_need_spare(m, p, s, SPACE_SPARE_PAGES);
	s->topped = 0;
	return err;
}

static err_t
build_estate(struct memory *m, struct process *p, const struct memory_plan *plan)
{
	struct space *s = &p->estate;
	uint64_t fund = plan->estate_fund;
	handle_t endpoint = HANDLE_NONE;
	err_t err = space_make(m, s, SPACE_ESTATE | SLOT_ESTATE << 8);
	if (err == OK)
		err = space_fund(
		    m, p, s, fund < ESTATE_FUND_LEAST ? ESTATE_FUND_LEAST : (uint32_t)fund);
	if (err == OK)
		err = directory_add(m, p);
	if (err == OK)
		err = space_need_spare(m, p, s, ESTATE_SPARE_PAGES);
	if (err == OK)
		err = insula_endpoint_create(s->handle, s->handle, &endpoint);
	if (err == OK && endpoint != HANDLE_MAIN_ENDPOINT)
		err = ERR_STATE;
	s->topped = 0;
	return err;
}

static err_t
give_out(struct memory *m, struct process *p, struct memory_built *built)
{
	err_t err = space_give(
	    m, m->table, p->body->space.handle, m->manager, RIGHTS_MANAGER_SPACE, 0, &built->space);
	if (err == OK && p->state.handle != HANDLE_NONE)
		err = space_give(m, m->table, p->state.handle, m->manager, RIGHTS_MANAGER_ESTATE, 0,
		    &built->state);
	if (err != OK || p->estate.handle == HANDLE_NONE)
		return err;
	err = space_give(
	    m, m->table, p->estate.handle, m->manager, RIGHTS_MANAGER_ESTATE, 0, &built->estate);
	if (err == OK)
		err = space_give(m, p->estate.handle, HANDLE_MAIN_ENDPOINT, m->manager,
		    RIGHT_NOTIFY, 1ull << BIT_QUIESCE, &built->quiesce);
	if (err == OK)
		err = space_give(m, m->table, p->estate.handle, m->rpc, RIGHT_TABLE | RIGHT_CREATE,
		    0, &built->rpc_estate);
	return err;
}

/* --- the end */

/* Everything of a process, however far it was built. Returns the pages that came back. */
static uint64_t
process_end(struct memory *m, struct process *p)
{
	uint64_t pages = 0;
	directory_end(m, p);
	if (p->body != NULL) {
		pages += space_end(m, &p->body->space);
		state_hide(m, p->body, true);
		region_forget(m, p->body);
		body_delete(m, p->body);
	}
	pages += space_end(m, &p->estate);
	share_forget(m, p);
	if (p->state_seen_by != NULL)
		state_hide(m, p->state_seen_by, false);
	pages += space_end(m, &p->state);
	process_delete(m, p);
	space_trim(m, &m->manager->estate);
	space_trim(m, &m->rpc->estate);
	space_trim(m, &m->self->estate);
	return pages;
}

/* Nothing in a plan is believed. */
static err_t
check_plan(const struct memory_plan *plan, uint64_t info_bytes)
{
	const uint64_t most = UINT32_MAX; /* pages, before they are added or multiplied */
	if (plan->segments > MEMORY_SEGMENTS || plan->devices > 4 || info_bytes > PAGE_BYTES ||
	    plan->space_fund > most || plan->estate_fund > most || plan->stack_bytes == 0 ||
	    plan->stack_bytes > WINDOW_BYTES || plan->state_bytes > WINDOW_BYTES)
		return ERR_ARGUMENT;
	if ((plan->flags & MEMORY_PLAN_NARROW) != 0 &&
	    (plan->devices != 0 || plan->state_bytes != 0 ||
		plan->stack_bytes > NARROW_STACK_TOP - NARROW_IMAGE_END))
		return ERR_ARGUMENT;
	for (uint64_t i = 0; i < plan->devices; i++) {
		if ((plan->device[i].physical | plan->device[i].address | plan->device[i].bytes) &
		    (PAGE_BYTES - 1))
			return ERR_ALIGNMENT;
		if (plan->device[i].bytes > WINDOW_BYTES ||
		    plan->device[i].address > PRIVATE_END - WINDOW_BYTES)
			return ERR_ARGUMENT;
	}
	return OK;
}

err_t
memory_add_process(struct memory *m, pid_number_t pid, uint32_t instance,
    const struct memory_plan *plan, const void *info, uint32_t info_bytes,
    struct memory_built *built)
{
	err_t err = check_plan(plan, info_bytes);
	if (err != OK)
		return err;
	if (pid == PID_INVALID || pid >= RPC_PIDS || instance == 0)
		return ERR_ARGUMENT;
	if (process_by_pid(m, pid) != NULL || body_by_instance(m, instance) != NULL)
		return ERR_EXISTS;
	struct process *p = process_create(m, pid);
	if (p == NULL)
		return ERR_NO_MEMORY;
	p->quota = plan->quota_pages;
	struct body *body = body_create(m, p, instance);

	struct memory_built made = { 0 };
	if (body != NULL)
		body->narrow = (plan->flags & MEMORY_PLAN_NARROW) != 0;
	err = body == NULL ? ERR_NO_MEMORY : build_body(m, p, plan, info, info_bytes);
	if (err == OK && !(plan->flags & MEMORY_PLAN_NO_ESTATE))
		err = build_estate(m, p, plan);
	if (err == OK && !(plan->flags & MEMORY_PLAN_NO_ESTATE) && plan->state_bytes != 0)
		err = state_build(m, p, plan->state_bytes);
	if (err == OK)
		err = give_out(m, p, &made);
	if (err != OK) {
		process_end(m, p);
		return err;
	}
	*built = made;
	return OK;
}

err_t
memory_remove_process(struct memory *m, uint64_t pid, uint64_t *pages)
{
	struct process *p = process_by_pid(m, pid);
	if (p == NULL)
		return ERR_NO_PROCESS;
	if (p == m->self || p == m->manager || p == m->rpc)
		return ERR_REFUSED;
	bool by_init = p->by_init != 0;
	*pages = process_end(m, p);
	if (by_init)
		memory_sweep(m);
	return OK;
}

err_t
memory_update_process(struct memory *m, uint64_t old_pid, uint64_t new_pid)
{
	struct process *a = process_by_pid(m, old_pid), *b = process_by_pid(m, new_pid);
	if (a == NULL || b == NULL)
		return ERR_NO_PROCESS;
	if (a == b || a->body == NULL || b->body == NULL)
		return ERR_ARGUMENT;
	if (a->body->narrow || b->body->narrow)
		return ERR_REFUSED;
	struct body *was = a->body;
	a->body = b->body;
	b->body = was;
	a->body->owner = a;
	b->body->owner = b;
	uint32_t by_init = a->by_init;
	a->by_init |= b->by_init;
	b->by_init |= by_init;
	return OK;
}
