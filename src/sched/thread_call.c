/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on threads: each checks who may do what to whom, then says so to
 * thread.c, sched.c or priority.c. Owns the meaning of real priority, policy
 * and limit.
 */
#include "core/call_table.h"
#include "core/context.h"
#include "ipc/ipc.h"
#include "mm/fund.h"
#include "mm/space.h"
#include "sched/sched.h"

#include <insula/abi/layout.h>

#define REGISTER_VALUES 8
#define FIRST_VALUE 3
#define CREATE_NARROW ((uint64_t)THREAD_NARROW << 8)
_Static_assert(SCHED_NARROW == CREATE_NARROW << 32, "one shift makes one of the other");

/* The user thread that x0 names; interrupt threads have no registers and no priority. */
static err_t
find_thread(const struct thread *caller, const uint64_t *x, uint32_t right, struct thread **t)
{
	struct cap_slot *slot;
	err_t err = cap_lookup(caller->space, (handle_t)x[0], right, &slot);
	if (err != OK)
		return err;
	*t = thread_of(slot->object);
	return (*t)->kind == THREAD_KIND_USER || right == RIGHT_TH_QUERY ? OK : ERR_TYPE;
}

/* A record for a thread of the space, without parameters. */
static err_t
make_record(struct space *space, uint64_t *x, struct sporadic **record)
{
	struct object *object;
	err_t err = fund_alloc(space, OBJECT_SPORADIC, sizeof(struct sporadic), &object);
	if (err == OK)
		*record = (struct sporadic *)object;
	else
		x[1] = 1; /* page */
	return err;
}

/* x0 space, x1 table space, x2 priority | (policy | THREAD_NARROW) << 8 -> x1 handle */
err_t
call_thread_create(struct thread *caller, uint64_t *x)
{
	struct space *space, *table;
	struct object_place place;
	const uint64_t narrow = x[2] & CREATE_NARROW;
	uint64_t priority = x[2] & 0xff, policy = (x[2] ^ narrow) >> 8;
	struct sporadic *record = NULL; /* what a sporadic thread's child has of its own */

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_CREATE, &space);
	if (err != OK)
		return err;
	err = cap_lookup_space(caller->space, (handle_t)x[1], RIGHT_TABLE, &table);
	if (err != OK)
		return err;
	if (priority == 0)
		priority = thread_real_priority(caller); /* S3 */
	if (policy == POLICY_INHERIT)
		policy = caller->policy;
	else if (policy >= POLICY_SPORADIC)
		return ERR_POLICY;
	if (policy == POLICY_SPORADIC && priority < caller->sporadic->set.low)
		return ERR_LOW_PRIORITY;
	if (narrow != 0 && !context_runs_narrow())
		return ERR_NO_AARCH32;
	if (priority > thread_limit(caller))
		return ERR_LIMIT;
	if (space_is_estate(space))
		return ERR_STATE;
	if (policy == POLICY_SPORADIC) {
		err = make_record(space, x, &record);
		if (err != OK)
			return err;
	}
	err = object_place(space, table, OBJECT_THREAD, sizeof(struct thread), &place);
	if (err != OK) {
		if (record != NULL)
			fund_free(&record->object);
		if (err == ERR_NO_FUND)
			x[1] = place.lacking;
		return err;
	}

	/* Nothing below can fail. */
	struct thread *t = thread_of(place.object);
	thread_init(t, space, (uint32_t)priority, (enum policy)policy, thread_limit(caller));
	t->sched |= narrow << 32;
	if (record != NULL) {
		record->set = caller->sporadic->set;
		t->sporadic = record;
		sporadic_begin(t);
	}
	if (space == caller->space && caller->fault_endpoint.object != NULL)
		cap_fill_copy(&t->fault_endpoint, &caller->fault_endpoint, RIGHT_SEND,
		    caller->fault_endpoint.badge);
	space_add_thread(space, t);
	cap_fill(place.slot, place.object, RIGHTS_THREAD, 0);
	x[1] = place.handle;
	return OK;
}

/* S15, S16: as if it had just become ready. */
static void
set_policy(struct thread *t, enum policy policy)
{
	sporadic_end(t);
	t->policy = (uint8_t)policy;
	if (((t->sched & SCHED_SLICED) != 0) != (policy != POLICY_FIFO)) {
		t->sched ^= SCHED_SLICED;
		t->sched_receive ^= SCHED_SLICED;
		t->sched_limit ^= SCHED_SLICED;
	}
	if (policy == POLICY_SPORADIC)
		sporadic_begin(t);
	thread_reprioritise(t);
	sched_to_tail(t);
}

static err_t
configure_scheduling(struct thread *caller, struct thread *t, uint64_t item, uint64_t value)
{
	if (item == THREAD_POLICY) {
		if (value > POLICY_SPORADIC)
			return ERR_POLICY;
		if (value == POLICY_SPORADIC && t->sporadic == NULL)
			return ERR_STATE;
		if (value == POLICY_SPORADIC && t->sporadic->set.low > thread_real_priority(t))
			return ERR_LOW_PRIORITY;
		set_policy(t, (enum policy)value);
		return OK;
	}
	if (value < PRIORITY_MIN || value > PRIORITY_MAX)
		return ERR_PRIORITY;
	if (item == THREAD_PRIORITY && t->policy == POLICY_SPORADIC && value < t->sporadic->set.low)
		return ERR_LOW_PRIORITY;
	if (value > thread_limit(caller) || (item == THREAD_PRIORITY && value > thread_limit(t)))
		return ERR_LIMIT;

	/* Nothing below can fail. S4, S16: the effective priority follows the real one. */
	if (item == THREAD_LIMIT) {
		t->sched_limit = (t->sched_limit & ~SCHED_PRIORITY_MASK) | value;
		if (value > thread_real_priority(t))
			value = thread_real_priority(t);
	}
	t->sched_receive = (t->sched_receive & ~SCHED_PRIORITY_MASK) | value;
	thread_recompute(t);
	return OK;
}

/* S24 */
static err_t
configure_sporadic(struct thread *t, uint64_t *x)
{
	const uint64_t budget = x[2] & ((1ull << SPORADIC_TIME_BITS) - 1), period = x[3];
	const uint64_t low = x[2] >> 48 & 0xff, repl_max = x[2] >> 56;

	if (low < PRIORITY_MIN)
		return ERR_PRIORITY;
	if (low > thread_real_priority(t))
		return ERR_LOW_PRIORITY;
	if (period - 1 >= (1ull << SPORADIC_TIME_BITS) - 1)
		return ERR_PERIOD;
	if (budget - 1 >= period)
		return ERR_BUDGET;
	if (repl_max - 1 >= SPORADIC_REPL_MAX)
		return ERR_REPLENISHMENTS;
	if (t->sporadic == NULL) {
		err_t err = make_record(t->space, x, &t->sporadic);
		if (err != OK)
			return err;
	}

	/* Nothing below can fail. */
	t->sporadic->set = (struct sporadic_parameters){ .budget_ns = budget,
		.period_ns = period,
		.repl_max = (uint8_t)repl_max,
		.low = (uint8_t)low };
	if (t->policy == POLICY_SPORADIC)
		set_policy(t, POLICY_SPORADIC);
	return OK;
}

static err_t
configure_fault_endpoint(const struct thread *caller, struct thread *t, uint64_t handle)
{
	struct cap_slot *slot = NULL;

	if (handle != HANDLE_NONE) {
		err_t err = cap_lookup(caller->space, (handle_t)handle, RIGHT_SEND, &slot);
		if (err != OK)
			return err;
	}

	/* Nothing below can fail. */
	if (t->fault_endpoint.object != NULL)
		cap_empty(&t->fault_endpoint);
	if (slot != NULL)
		cap_fill_copy(&t->fault_endpoint, slot, RIGHT_SEND, slot->badge);
	return OK;
}

static bool
user_address(uint64_t address)
{
	return address < USER_END;
}

/* x0 thread, x1 item, x2 value, x3 value */
err_t
call_thread_configure(struct thread *caller, uint64_t *x)
{
	struct thread *t;
	const uint64_t item = x[1];
	const bool controls = item == THREAD_FAULT_ENDPOINT || item == THREAD_UPCALL;

	if (item > THREAD_SPORADIC)
		return ERR_ARGUMENT;
	err_t err = find_thread(caller, x, controls ? RIGHT_CONTROL : RIGHT_SCHED, &t);
	if (err != OK)
		return err;
	if (item == THREAD_SPORADIC)
		return configure_sporadic(t, x);
	if (item <= THREAD_LIMIT)
		return configure_scheduling(caller, t, item, x[2]);
	if (item == THREAD_FAULT_ENDPOINT)
		return configure_fault_endpoint(caller, t, x[2]);
	if (!user_address(x[2]) || !user_address(x[3]))
		return ERR_ARGUMENT;
	if (x[2] % 4 != 0 || x[3] % 16 != 0)
		return ERR_ALIGNMENT;
	if (t->in_upcall)
		return ERR_STATE; /* the bank holds the interrupted registers */

	/* Nothing below can fail. */
	t->upcall = (struct upcall_bank){ .pc = x[2], .sp = x[3] };
	return OK;
}

/* x0 thread, x1 pc, x2 sp, x3 x0 of it, x4 tpidr */
err_t
call_thread_start(struct thread *caller, uint64_t *x)
{
	struct thread *t;
	err_t err = find_thread(caller, x, RIGHT_CONTROL, &t);
	if (err != OK)
		return err;
	const enum thread_state state = thread_state(t);
	if (state != THREAD_INACTIVE && state != THREAD_STOPPED)
		return ERR_STATE;
	const bool narrow = thread_is_narrow(t), thumb = narrow && x[1] % 2 != 0;
	const uint64_t end = narrow ? NARROW_END : USER_END;
	if (x[1] >= end || x[2] > end)
		return ERR_ARGUMENT;
	if ((x[1] % 4 != 0 && !thumb) || x[2] % 16 != 0)
		return ERR_ALIGNMENT;

	/* Nothing below can fail. */
	t->sched &= ~SCHED_STOP_CALL;
	t->in_upcall = 0;
	thread_launch(t, x[1], x[2], x[3], x[4]);
	return OK;
}

err_t
call_thread_stop(struct thread *caller, uint64_t *x)
{
	struct thread *t;
	err_t err = find_thread(caller, x, RIGHT_CONTROL, &t);
	if (err != OK)
		return err;
	if (thread_state(t) == THREAD_INACTIVE || (t->sched & SCHED_STOP_CALL) != 0)
		return ERR_STATE;

	/* Nothing below can fail. */
	thread_stop(t);
	return OK;
}

err_t
call_thread_resume(struct thread *caller, uint64_t *x)
{
	struct thread *t;
	err_t err = find_thread(caller, x, RIGHT_CONTROL, &t);
	if (err != OK)
		return err;
	if ((t->sched & SCHED_STOP_CALL) == 0)
		return ERR_STATE;

	/* Nothing below can fail. */
	thread_resume(t);
	return OK;
}

/* A thread that waits with a fault is in no call. */
static bool
in_blocking_call(const struct thread *t)
{
	const enum thread_state state = thread_state(t);

	return ((state >= THREAD_SEND && state <= THREAD_MUTEX) || state == THREAD_NANOSLEEP) &&
	    (t->sched & SCHED_FAULT) == 0;
}

err_t
call_thread_interrupt(struct thread *caller, uint64_t *x)
{
	struct thread *t;
	err_t err = find_thread(caller, x, RIGHT_CONTROL, &t);
	if (err != OK)
		return err;
	if (!in_blocking_call(t))
		return ERR_STATE;

	/* Nothing below can fail. */
	thread_end_wait(t, ERR_INTERRUPTED);
	return OK;
}

/* Its registers lie in memory, and no call will still write results to them. */
static bool
registers_rest(const struct thread *t)
{
	const enum thread_state state = thread_state(t);

	return state == THREAD_STOPPED || state == THREAD_INACTIVE ||
	    (state == THREAD_REPLY && (t->sched & SCHED_FAULT) != 0);
}

/* x0 thread, x1 first register, x2 set mask, x3-x10 values -> x3-x10 values */
err_t
call_thread_registers(struct thread *caller, uint64_t *x)
{
	struct thread *t;
	const uint64_t first = x[1], mask = x[2];
	const uint64_t count = offsetof(struct registers, cpu_ticks) / sizeof(uint64_t);

	err_t err = find_thread(caller, x, RIGHT_CONTROL, &t);
	if (err != OK)
		return err;
	if (!registers_rest(t))
		return ERR_STATE;
	if (first >= count || mask >> REGISTER_VALUES != 0)
		return ERR_ARGUMENT;
	for (uint64_t i = 0; i < REGISTER_VALUES; i++)
		if ((mask >> i & 1) != 0 && first + i >= count)
			return ERR_ARGUMENT;

	/* Nothing below can fail. */
	uint64_t *r = (uint64_t *)&t->regs;
	uint64_t halves = ~0ull, flags = PSTATE_FLAGS, mode = 0;
	if (thread_is_narrow(t)) {
		halves = UINT32_MAX;
		flags = PSTATE_NARROW_FLAGS;
		mode = PSTATE_NARROW;
	}
	for (uint64_t i = 0; i < REGISTER_VALUES; i++) {
		const uint64_t at = first + i;
		uint64_t value = x[FIRST_VALUE + i];
		if (at == offsetof(struct registers, pstate) / sizeof(uint64_t))
			value = (value & flags) | mode;
		if ((mask >> i & 1) != 0)
			r[at] = value & halves;
		x[FIRST_VALUE + i] = at < count ? r[at] & halves : 0;
	}
	return OK;
}

err_t
call_thread_query(struct thread *caller, uint64_t *x)
{
	struct thread *t;
	err_t err = find_thread(caller, x, RIGHT_TH_QUERY, &t);
	if (err != OK)
		return err;
	thread_describe(t, &x[1]);
	return OK;
}

err_t
call_yield(struct thread *caller, uint64_t *x)
{
	(void)x;
	sched_rotate(thread_cpu(caller));
	return OK;
}

/* The vectors answer it by themselves; this one is for completeness of the table. */
err_t
call_null(struct thread *caller, uint64_t *x)
{
	(void)caller;
	x[1] = ABI_VERSION;
	return OK;
}
