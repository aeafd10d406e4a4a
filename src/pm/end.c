/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How processes end.
 */
#include "end.h"
#include "effects.h"
#include "spawn.h"
#include "update.h"

#include <insula/services/console.h>
#include <string.h>

void
process_is_ready(struct process *p, err_t error)
{
	if (!p->has_ready_call)
		return;
	p->has_ready_call = false;
	struct process_spawn_manifest_out out;
	memset(&out, 0, sizeof out);
	out.pid = p->pid;
	if (error != OK)
		strncpy(out.reason, "it ended before it was ready", sizeof out.reason - 1);
	effect_answer(p->ready_call, error, &out, sizeof out);
}

void
process_end(struct process *p, unsigned reason, uint64_t status)
{
	bool essential = p->essential;
	pid_number_t pid = p->pid;
	if (p->update != NULL)
		update_abandon(p);
	process_is_ready(p, ERR_CRASHED);
	process_remove(p);
	process_bury(p, reason, status);
	insulator_forget(pid);
	if (essential)
		system_end(status, 0);
}

/* --- coming back */

bool
process_storms(struct process *p)
{
	bool soon = effect_now_ns() - p->instance.served_ns < STORM_NS;
	p->storm = soon ? (uint8_t)(p->storm + 1) : 1;
	return p->storm >= STORM_CRASHES;
}

void
process_give_up(struct process *p, const char *why)
{
	struct line l;
	line_start(&l, "restart: ");
	line_text(&l, p->name);
	line_text(&l, " (pid ");
	line_number(&l, p->pid);
	line_text(&l, ") is given up: ");
	line_text(&l, why);
	effect_print(l.text);
	process_end(p, END_CRASHED, EXIT_CRASHED);
}

/* A program that is not a server has nothing that would outlive it: it is started anew. */
static void
start_anew(struct process *p, bool counts)
{
	static struct spawn_descriptor d;
	const struct spawn_request r = { .descriptor = &d, .info_flags = INFO_AGAIN };
	struct process *new;
	struct line why;
	if (counts && process_storms(p)) {
		process_give_up(p, "it crashes again and again");
		return;
	}
	uint8_t storm = p->storm;
	d = *p->birth;
	p->essential = false;
	process_end(p, counts ? END_CRASHED : END_KILLED, counts ? EXIT_CRASHED : EXIT_KILLED);
	if (process_spawn(&r, &new, &why) == OK)
		new->storm = storm;
	else
		effect_print(why.text);
}

static void
restart(struct process *p, bool counts)
{
	if (p->service[0] != '\0')
		update_restart(p, counts);
	else
		start_anew(p, counts);
}

/* True, and dealt with, for a new version that has not taken over. */
static bool
ended_in_update(struct process *p, const char *how)
{
	if (p->update == NULL || (p->flags & PROCESS_INVISIBLE) == 0)
		return false;
	update_new_ended(p, how);
	return true;
}

void
process_exited(struct process *p, uint64_t status)
{
	if (!ended_in_update(p, "the new version ended by itself"))
		process_end(p, END_EXIT, status);
}

err_t
process_kill(uint64_t pid, uint64_t flags)
{
	struct process *p = process_by_pid(pid);
	if (p == NULL)
		return ERR_NO_PROCESS;
	if ((p->flags & PROCESS_CORE) != 0)
		return ERR_REFUSED;
	if ((flags & PROCESS_KILL_FOR_GOOD) != 0 && process_is_kept(p))
		return ERR_REFUSED;
	if (ended_in_update(p, "the new version was killed"))
		return OK;
	if (p->restarts && (flags & PROCESS_KILL_FOR_GOOD) == 0)
		restart(p, false);
	else
		process_end(p, END_KILLED, EXIT_KILLED);
	return OK;
}

/* --- crashes */

static const char *const causes[] = { [CAUSE_UNKNOWN] = "nobody knows why",
	[CAUSE_NULL] = "null pointer",
	[CAUSE_STACK_OVERFLOW] = "stack overflow",
	[CAUSE_UNMAPPED] = "nothing is mapped there",
	[CAUSE_READ_ONLY] = "the page is read-only",
	[CAUSE_NOT_EXECUTABLE] = "the page is not executable",
	[CAUSE_UNDEFINED] = "undefined instruction",
	[CAUSE_ALIGNMENT] = "misaligned address",
	[CAUSE_BAD_CALL] = "no such kernel call",
	[CAUSE_NO_MEMORY] = "out of memory" };

static const char *const accesses[] = {
	[ACCESS_READ] = "read of ", [ACCESS_WRITE] = "write to ", [ACCESS_EXECUTE] = "jump to "
};

static void
print_crash(const struct process *p, const struct process_fault_in *f)
{
	struct line l;
	line_start(&l, "crash: ");
	line_text(&l, p->name);
	line_text(&l, " (pid ");
	line_number(&l, p->pid);
	line_text(&l, ") thread ");
	line_number(&l, f->thread);
	line_text(&l, ": ");
	if (f->kind == FAULT_PAGE || f->kind == FAULT_ALIGNMENT) {
		line_text(&l, f->access < 3 ? accesses[f->access] : "access to ");
		line_hex(&l, f->address);
		line_text(&l, " ");
	}
	line_text(&l, "at pc ");
	line_hex(&l, f->pc);
	line_text(&l, ": ");
	line_text(&l, causes[f->cause <= CAUSE_NO_MEMORY ? f->cause : CAUSE_UNKNOWN]);
	effect_print(l.text);
}

void
process_fault(const struct process_fault_in *f)
{
	struct process *p = process_by_instance(f->instance);
	if (p == NULL || p->instance.stopped)
		return; /* it is over already */
	print_crash(p, f);
	if (ended_in_update(p, "the new version crashed"))
		return;
	if ((p->flags & PROCESS_CORE) != 0)
		system_end(EXIT_CRASHED, 0); /* nobody guards the five yet */
	else if (p->restarts)
		restart(p, true);
	else
		process_end(p, END_CRASHED, EXIT_CRASHED);
}

/* --- the end of the system */

void
system_end(uint64_t status, uint64_t reset)
{
	for (struct process *p = process_table_end(); p-- > process_table;)
		if (p->state == PROCESS_ALIVE && (p->flags & PROCESS_CORE) == 0 &&
		    strcmp(p->service, CONSOLE_NAME) != 0)
			instance_stop(&p->instance);
	effect_power_off(status, reset);
}
