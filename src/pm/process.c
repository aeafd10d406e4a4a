/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of processes, and parents who wait for their children.
 */
#include "process.h"
#include "effects.h"
#include "image.h"
#include "update.h"

#include <string.h>

struct process process_table[PROCESSES];
static struct process *table_end = process_table;
static uint32_t next_instance = PID_FIRST_FREE;

struct waiter {
	pid_number_t caller; /* 0: free */
	pid_number_t pid;    /* 0: any child */
	struct rpc_reference call;
};
static struct waiter waiters[WAITERS];
static uint32_t waiters_used; /* from it on, all are free */

struct spawn_descriptor births[BIRTHS];

struct process *
process_table_end(void)
{
	return table_end;
}

struct process *
process_new(void)
{
	struct process *p = process_table;
	while (p < process_table + PROCESSES && p->state != PROCESS_FREE)
		p++;
	if (p == process_table + PROCESSES)
		return NULL;
	if (p >= table_end)
		table_end = p + 1;
	memset(p, 0, sizeof *p);
	return p;
}

void
process_free(struct process *p)
{
	if (p->birth != NULL)
		p->birth->name[0] = '\0';
	memset(p, 0, sizeof *p);
	while (table_end > process_table && table_end[-1].state == PROCESS_FREE)
		table_end--;
}

struct process *
process_by_pid(uint64_t pid)
{
	PROCESS_EACH(p)
	if (p->pid == pid && p->state == PROCESS_ALIVE)
		return p;
	return NULL;
}

struct process *
process_by_instance(uint64_t number)
{
	PROCESS_EACH(p)
	if (p->instance.number == number && p->state == PROCESS_ALIVE)
		return p;
	return NULL;
}

struct process *
process_find(const char *name, uint64_t after)
{
	const char *base = path_base(name);
	struct process *found = NULL;
	PROCESS_EACH(p)
	{
		if (p->state != PROCESS_ALIVE || (p->flags & PROCESS_INVISIBLE) != 0 ||
		    p->pid <= after || (found != NULL && found->pid < p->pid))
			continue;
		if (strcmp(p->name, base) == 0 ||
		    strcmp(path_base(image_path(p->instance.file)), base) == 0)
			found = p;
	}
	return found;
}

uint32_t
instance_number(void)
{
	return next_instance == 0 ? 0 : next_instance++;
}

struct spawn_descriptor *
birth_keep(const struct spawn_descriptor *d)
{
	for (struct spawn_descriptor *b = births; b < births + BIRTHS; b++)
		if (b->name[0] == '\0') {
			*b = *d;
			return b;
		}
	return NULL;
}

/* --- waiting */

static void
tell_end(const struct process *child, struct process_wait_out *out)
{
	out->pid = child->pid;
	out->status = child->status;
	out->reason = child->reason;
}

err_t
process_wait(
    struct rpc_reference call, pid_number_t caller, pid_number_t pid, struct process_wait_out *out)
{
	bool child = false;
	PROCESS_EACH(p)
	{
		if (p->parent != caller || (pid != 0 && p->pid != pid) ||
		    p->state == PROCESS_FREE || (p->flags & PROCESS_INVISIBLE) != 0)
			continue;
		if (p->state == PROCESS_ZOMBIE) {
			tell_end(p, out);
			process_free(p);
			return OK;
		}
		child = true;
	}
	if (!child)
		return ERR_NO_PROCESS;
	for (unsigned i = 0; i < WAITERS; i++) {
		if (waiters[i].caller != 0)
			continue;
		waiters[i] = (struct waiter){ caller, pid, call };
		if (i >= waiters_used)
			waiters_used = i + 1;
		return RPC_DEFERRED;
	}
	return ERR_TOO_MANY;
}

/* Every wait that names a child that is gone ends; of those for any, one. */
static bool
tell_waiters(const struct process *child)
{
	bool told = false;
	struct process_wait_out out;
	tell_end(child, &out);
	for (unsigned i = 0; i < waiters_used; i++) {
		struct waiter *w = &waiters[i];
		if (w->caller != child->parent || (w->pid != child->pid && (w->pid != 0 || told)))
			continue;
		w->caller = 0;
		effect_answer(w->call, OK, &out, sizeof out);
		told = true;
	}
	return told;
}

/* A wait for any child is in vain when the last one is gone. */
static void
end_vain_waits(pid_number_t parent)
{
	PROCESS_EACH(p)
	if (p->parent == parent && p->state != PROCESS_FREE)
		return;
	for (unsigned i = 0; i < waiters_used; i++) {
		if (waiters[i].caller != parent)
			continue;
		waiters[i].caller = 0;
		effect_answer(waiters[i].call, ERR_NO_PROCESS, NULL, 0);
	}
}

void
process_bury(struct process *p, unsigned reason, uint64_t status)
{
	for (unsigned i = 0; i < waiters_used; i++)
		if (waiters[i].caller == p->pid)
			waiters[i].caller = 0;
	PROCESS_EACH(child)
	{
		if (child->parent != p->pid || child->state == PROCESS_FREE)
			continue;
		child->parent = 0;
		if (child->state == PROCESS_ZOMBIE)
			process_free(child);
	}
	pid_number_t parent = p->parent;
	p->status = status;
	p->reason = (uint8_t)reason;
	bool told = parent == 0 || tell_waiters(p);
	while (waiters_used > 0 && waiters[waiters_used - 1].caller == 0)
		waiters_used--;
	if (told) {
		process_free(p);
		if (parent != 0)
			end_vain_waits(parent);
		return;
	}
	if (p->birth != NULL)
		p->birth->name[0] = '\0';
	p->birth = NULL;
	memset(&p->instance, 0, sizeof p->instance);
	p->state = PROCESS_ZOMBIE;
}

#ifdef INSULA_HOST_TEST
#include <assert.h>

void
process_reset(void)
{
	memset(process_table, 0, sizeof process_table);
	memset(waiters, 0, sizeof waiters);
	waiters_used = 0;
	memset(births, 0, sizeof births);
	table_end = process_table;
	next_instance = PID_FIRST_FREE;
}

static void
check_waiters(void)
{
	for (unsigned i = 0; i < WAITERS; i++) {
		if (waiters[i].caller == 0)
			continue;
		bool child = false;
		PROCESS_EACH(p)
		child |= p->parent == waiters[i].caller && p->state == PROCESS_ALIVE &&
		    (waiters[i].pid == 0 || waiters[i].pid == p->pid);
		assert(child && process_by_pid(waiters[i].caller) != NULL); /* T6 */
	}
}

void
process_check(void)
{
	PROCESS_EACH(p)
	{
		if (p->state == PROCESS_FREE)
			continue;
		PROCESS_EACH(q)
		{
			if (q == p || q->state == PROCESS_FREE)
				continue;
			assert(p->pid != q->pid); /* T1 */
			assert(p->instance.number == 0 || p->instance.number != q->instance.number);
		}
		assert(p->parent == 0 || process_by_pid(p->parent) != NULL); /* T3 */
		if (p->state == PROCESS_ZOMBIE) {
			assert(p->instance.number == 0 && p->told == 0); /* T2 */
			assert(p->parent != 0 && p->update == NULL);
			continue;
		}
		assert(p->instance.number != 0);
		if (p->update != NULL)
			assert(p->update->old == p || p->update->new == p); /* T4 */
		if ((p->flags & PROCESS_INVISIBLE) != 0)
			assert(p->update != NULL && p->update->new == p); /* T5 */
	}
	check_waiters();
}
#endif
