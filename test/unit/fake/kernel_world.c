/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of fake/kernel_world.h: capability tables, memory and spaces as
 * simple as can be, and the way into the kernel.
 */
#include "fake/kernel_world.h"

#include "core/panic.h"
#include "ipc/fast.h"
#include "mm/frame.h"
#include "mm/fund.h"

#include <stdlib.h>
#include <string.h>

struct world world;
bool world_fast;
struct thread *first_thread;

/* --- capabilities */

err_t
cap_find(const struct space *space, handle_t handle, struct cap_slot **slot)
{
	struct cap_slot *s = cap_slot_at(&space->caps, handle);

	if (s->object == NULL || s->generation != handle_generation(handle))
		return ERR_HANDLE;
	*slot = s;
	return OK;
}

static uint32_t
rights_of(uint8_t type)
{
	static const uint32_t rights[] = { 0, RIGHTS_ENDPOINT, RIGHTS_THREAD, RIGHTS_SPACE,
		RIGHTS_IRQ };
	return rights[type];
}

err_t
cap_lookup(const struct space *space, handle_t handle, uint32_t right, struct cap_slot **slot)
{
	struct cap_slot *s;

	if (cap_find(space, handle, &s) != OK)
		return ERR_HANDLE;
	if ((rights_of(s->object->type) & right) == 0)
		return ERR_TYPE;
	if ((s->rights & right) == 0)
		return ERR_RIGHTS;
	if ((s->object->flags & OBJECT_DYING) != 0)
		return ERR_DYING;
	*slot = s;
	return OK;
}

err_t
cap_lookup_space(struct space *own, handle_t handle, uint32_t right, struct space **space)
{
	struct cap_slot *slot;

	*space = own;
	if (handle == SELF)
		return OK;
	err_t err = cap_lookup(own, handle, right, &slot);
	if (err == OK)
		*space = (struct space *)slot->object;
	return err;
}

void
cap_fill(struct cap_slot *slot, struct object *object, uint32_t rights, uint64_t badge)
{
	slot->object = object;
	slot->rights = rights;
	slot->badge = badge;
	if (slot->generation == 0)
		slot->generation = 1;
}

void
cap_fill_copy(struct cap_slot *slot, struct cap_slot *source, uint32_t rights, uint64_t badge)
{
	cap_fill(slot, source->object, rights, badge);
}

void
cap_empty(struct cap_slot *slot)
{
	slot->object = NULL;
	slot->rights = 0;
	slot->badge = 0;
	slot->generation++;
}

err_t
cap_reserve(struct space *table, struct cap_slot **slot, handle_t *handle)
{
	struct cap_slot *page = world.page[table - world.space];

	for (uint32_t n = 80; n < CAP_SLOTS_PER_PAGE; n++) {
		if (page[n].object != NULL)
			continue;
		if (page[n].generation == 0)
			page[n].generation = 1;
		*slot = &page[n];
		*handle = page[n].generation << HANDLE_GENERATION_SHIFT | n;
		return OK;
	}
	return ERR_NO_SLOT;
}

bool
cap_empty_some(struct object *object, bool any_badge, uint64_t badge)
{
	int emptied = 0;

	for (int s = 0; s < WORLD_SPACES; s++)
		for (uint32_t n = 0; n < CAP_SLOTS_PER_PAGE; n++) {
			struct cap_slot *slot = &world.page[s][n];
			if (slot->object != object || !(any_badge || slot->badge == badge))
				continue;
			if (emptied++ == 16)
				return false;
			cap_empty(slot);
		}
	for (int n = 0; n < WORLD_THREADS; n++)
		if (world.t[n].fault_endpoint.object == object)
			cap_empty(&world.t[n].fault_endpoint);
	return true;
}

/* --- memory and spaces */

err_t
object_place(struct space *payer, struct space *table, enum object_type type, size_t bytes,
    struct object_place *place)
{
	static struct thread threads[4];
	static struct endpoint endpoints[4];
	static unsigned int next;

	if (world.no_fund || world.no_place) {
		place->lacking = 1;
		return ERR_NO_FUND;
	}
	err_t err = cap_reserve(table, &place->slot, &place->handle);
	if (err != OK)
		return err;
	next = (next + 1) % 4;
	place->object = type == OBJECT_THREAD ? &threads[next].object : &endpoints[next].object;
	if (world.place != NULL)
		place->object = world.place;
	memset(place->object, 0, bytes);
	place->object->type = (uint8_t)type;
	place->object->payer = payer;
	place->object->identity = ++world.identity;
	return OK;
}

/* Only sporadic threads' records are made without a capability. */
err_t
fund_alloc(struct space *payer, enum object_type type, size_t bytes, struct object **object)
{
	if (world.no_fund || world.no_record)
		return ERR_NO_FUND;
	if (bytes != sizeof(struct sporadic))
		abort();
	for (unsigned n = 0; n < WORLD_THREADS; n++) {
		struct object *free = &world.record[n].object;
		if (free->type == CAP_NONE) {
			free->type = (uint8_t)type;
			free->payer = payer;
			*object = free;
			return OK;
		}
	}
	abort();
}

/* What is not in use is zero. */
void
fund_free(struct object *object)
{
	memset(object, 0, sizeof(struct sporadic));
}

void
space_add_thread(struct space *space, struct thread *thread)
{
	thread->space_next = space->threads;
	space->threads = thread;
}

struct frames frames;

void
frame_check(void)
{
}

void
space_check_links(const struct space *space)
{
	(void)space;
}

/* Calls that are not tested here. */
#define ELSEWHERE(name)                                  \
	err_t call_##name(struct thread *t, uint64_t *x) \
	{                                                \
		(void)t;                                 \
		(void)x;                                 \
		return ERR_CALL;                         \
	}
ELSEWHERE(space_create)
ELSEWHERE(map)
ELSEWHERE(unmap)
ELSEWHERE(protect)
ELSEWHERE(fund)
ELSEWHERE(defund)
ELSEWHERE(link)
ELSEWHERE(space_stop)
ELSEWHERE(space_query)
ELSEWHERE(cap_copy)
ELSEWHERE(cap_delete)
ELSEWHERE(cap_revoke)
ELSEWHERE(cap_query)

/* As core/object.c does it, less the memory. */
err_t
call_destroy(struct thread *caller, uint64_t *x)
{
	struct cap_slot *slot;

	if (cap_find(caller->space, (handle_t)x[0], &slot) != OK)
		return ERR_HANDLE;
	struct object *object = slot->object;
	const bool gone = object->type == OBJECT_THREAD
	    ? thread_destroy_step(thread_of(object))
	    : endpoint_destroy_step((struct endpoint *)object);
	if (gone && object->type == OBJECT_THREAD && thread_of(object)->sporadic != NULL) {
		fund_free(&thread_of(object)->sporadic->object);
		thread_of(object)->sporadic = NULL;
	}
	if (object == &caller->object && gone)
		return CALL_BLOCKED;
	return gone ? OK : CALL_RESTART;
}

/* --- the world */

void
world_grant(int space, uint32_t slot, struct object *object, uint32_t rights, uint64_t badge)
{
	cap_fill(&world.page[space][slot], object, rights, badge);
}

void
world_reset(void)
{
	memset(&world, 0, sizeof world);
	fake_reset();
	world.idle.kind = THREAD_KIND_IDLE;
	world.idle.sched = SCHED_STATE(THREAD_RUNNING);
	fake_cpu.idle = fake_cpu.current = &world.idle;
	first_thread = NULL;
	for (int s = 0; s < WORLD_SPACES; s++) {
		struct space *space = &world.space[s];
		space->object.type = OBJECT_SPACE;
		space->object.identity = ++world.identity;
		space->ttbr0 = 0x1000u * (uint64_t)(s + 1);
		space->caps.table[0] = &world.directory[s];
		space->caps.table[1] = &world.directory[s];
		for (uint32_t n = 0; n < CAP_DIRECTORY_PAGES; n++)
			world.directory[s].page[n] = world.page[s];
	}
	for (int s = 0; s < WORLD_SPACES; s++) {
		world_grant(s, 1, &world.space[s].object, RIGHTS_SPACE, 0);
		world_grant(s, 2, &world.space[!s].object, RIGHTS_SPACE, 0);
		world_grant(s, 3, &firmware_endpoint.object, RIGHT_SEND, 0);
		world_grant(s, 4, &irq_object, RIGHT_IRQ, 32ull | 40ull << 32);
		for (uint32_t n = 0; n < WORLD_ENDPOINTS; n++) {
			world_grant(s, 10 + n, &world.ep[n].object, RIGHTS_ENDPOINT, 0);
			world_grant(s, 20 + n, &world.ep[n].object, RIGHT_SEND | RIGHT_NOTIFY,
			    0x100ull << n);
		}
		for (uint32_t n = 0; n < WORLD_THREADS; n++)
			world_grant(s, 40 + n, &world.t[n].object, RIGHTS_THREAD, 0);
	}
	for (int n = 0; n < WORLD_ENDPOINTS; n++) {
		world.ep[n].object.type = OBJECT_ENDPOINT;
		world.ep[n].object.identity = ++world.identity;
	}
	for (int n = 0; n < WORLD_THREADS; n++) {
		world.t[n].object.type = OBJECT_THREAD;
		world.t[n].object.identity = ++world.identity;
	}
	firmware_endpoint.object.type = OBJECT_ENDPOINT;
	irq_object.type = OBJECT_IRQ;
}

static struct thread *
thread_in(int space, int n, uint32_t priority, enum policy policy)
{
	struct thread *t = &world.t[n];

	thread_init(t, &world.space[space], priority, policy, PRIORITY_MAX);
	thread_launch(t, 0x1000u * (uint64_t)(n + 1), 0x10000u * (uint64_t)(n + 1), 0, (uint64_t)n);
	return t;
}

struct thread *
world_thread(int n, uint32_t priority, enum policy policy)
{
	return thread_in(0, n, priority, policy);
}

struct thread *
world_thread_apart(int n, uint32_t priority, enum policy policy)
{
	return thread_in(1, n, priority, policy);
}

void
world_begin(void)
{
	sched_decide(&fake_cpu);
}

static int64_t
enter(uint64_t number)
{
	struct thread *t = running();
	uint64_t *x = t->regs.x;
	const uint64_t unusual = x[1] | x[11] >> 32; /* as vectors.S */

	t->regs.pc += 4;
	if (world_fast && number == CALL_call && unusual == 0)
		ipc_call((handle_t)x[0], x[1], x[2], 0, t);
	else if (world_fast && number == CALL_reply_recv && unusual == 0)
		ipc_reply_recv((handle_t)x[0], x[1], x[2], 0, t);
	else if (world_fast && number == CALL_notify)
		ipc_notify((handle_t)x[0], t, &fake_cpu);
	else if (world_fast && number == CALL_recv)
		ipc_recv((handle_t)x[0], t, &fake_cpu, unusual);
	else if (world_fast && number == CALL_notify_recv)
		ipc_notify_recv((handle_t)x[0], t, (handle_t)x[2], &fake_cpu, unusual);
	else if (world_fast && number == CALL_yield)
		ipc_yield(0, t, &fake_cpu);
	else
		kernel_call(&fake_cpu, number);
	return (int64_t)x[0];
}

int64_t
svc(uint64_t number, uint64_t x0, uint64_t x1, uint64_t x2)
{
	uint64_t *x = running()->regs.x;

	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[11] = 0;
	return enter(number);
}

int64_t
svc_message(uint64_t number, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t w, uint64_t label)
{
	uint64_t *x = running()->regs.x;

	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	for (uint64_t i = 0; i < 8; i++)
		x[3 + i] = w + i;
	x[11] = label;
	return enter(number);
}

int64_t
svc_again(uint64_t number)
{
	return enter(number);
}

bool
has_words(const struct thread *t, uint64_t w)
{
	for (uint64_t i = 0; i < 8; i++)
		if (t->regs.x[3 + i] != w + i)
			return false;
	return true;
}

void
world_time(uint64_t ns)
{
	const uint64_t end = fake.now_ns + ns;

	while (fake.timer_ns != TIME_NEVER && fake.timer_ns <= end) {
		if (fake.now_ns < fake.timer_ns)
			fake.now_ns = fake.timer_ns;
		kernel_interrupt(&fake_cpu);
	}
	if (fake.now_ns < end)
		fake.now_ns = end; /* else nobody ran, and it is later */
}

void
world_check(void)
{
	ready_check(&fake_cpu);
	for (int n = 0; n < WORLD_THREADS; n++)
		if (world.t[n].space != NULL)
			thread_check(&world.t[n]);
	for (int n = 0; n < WORLD_ENDPOINTS; n++)
		endpoint_check(&world.ep[n]);
}

void
world_note(struct world_note *note)
{
	note->world = world;
	note->cpu = fake_cpu;
}

/* x0 to x11 and pc are the caller's own doing, and x0 is the error. */
bool
world_unchanged(struct world_note *note)
{
	const int n = (int)(running() - world.t);
	struct registers *then = &note->world.t[n].regs;
	const struct registers *now = &world.t[n].regs;

	memcpy(then->x, now->x, 12 * sizeof(uint64_t));
	then->pc = now->pc;
	note->cpu.calls = fake_cpu.calls;
	return memcmp(&note->world, &world, sizeof world) == 0 &&
	    memcmp(&note->cpu, &fake_cpu, sizeof fake_cpu) == 0;
}
