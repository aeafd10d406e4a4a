/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who a thread is: the kernel knows identities, the process manager which
 * process has them. Of a thread that is gone, its START record still says the
 * instance that it was of.
 */
#include "trace.h"

#include <insula/rpc/client.h>
#include <insula/services/process.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

static const struct known_thread *
find_thread(const struct names *names, uint32_t identity)
{
	for (size_t i = 0; i < names->threads; i++)
		if (names->thread[i].identity == identity)
			return &names->thread[i];
	return NULL;
}

static const struct known_process *
find_process(const struct names *names, pid_number_t pid)
{
	for (size_t i = names->processes; i-- > 0;)
		if (names->process[i].pid == pid)
			return &names->process[i];
	return NULL;
}

static void
add_thread(struct names *names, uint32_t identity, pid_number_t pid, uint32_t index)
{
	if (find_thread(names, identity) != NULL || names->threads == KNOWN_THREADS)
		return;
	names->thread[names->threads++] =
	    (struct known_thread){ .identity = identity, .pid = pid, .index = index };
}

static err_t
learn_threads(struct names *names, pid_number_t pid, uint64_t threads)
{
	for (uint64_t n = 0; n < threads; n++) {
		struct process_thread_info_in in = { .pid = pid, .index = n };
		struct process_thread_info_out out;
		err_t err = process_thread_info(rpc_to_process(), &in, &out, TIME_NEVER);
		if (err == ERR_NOT_FOUND || err == ERR_NO_PROCESS)
			return OK; /* it has ended meanwhile */
		if (err != OK)
			return err;
		add_thread(names, (uint32_t)out.identity, pid, (uint32_t)n);
	}
	return OK;
}

err_t
names_learn(struct names *names)
{
	struct process_list_in in = { .after = 0 };
	struct process_list_out p;
	for (;; in.after = p.pid) {
		err_t err = process_list(rpc_to_process(), &in, &p, TIME_NEVER);
		if (err != OK || p.pid == PID_INVALID)
			return err;
		const pid_number_t pid = (pid_number_t)p.pid;
		const struct known_process *known = find_process(names, pid);
		if ((known == NULL || known->instance != (uint32_t)p.instance) &&
		    names->processes < KNOWN_PROCESSES) {
			struct known_process *new = &names->process[names->processes++];
			new->pid = pid;
			new->instance = (uint32_t)p.instance;
			memcpy(new->name, p.name, sizeof new->name);
		}
		err = learn_threads(names, pid, p.threads);
		if (err != OK)
			return err;
	}
}

void
names_from_starts(struct names *names, const struct recording *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct trace_record *record = &r->record[i];
		if (record_event(record) != TRACE_START)
			continue;
		pid_number_t pid = PID_INVALID;
		for (size_t n = 0; n < names->processes && pid == PID_INVALID; n++)
			if (names->process[n].instance == record->value)
				pid = names->process[n].pid;
		uint32_t index = 0;
		for (size_t n = 0; n < names->threads; n++)
			index += names->thread[n].pid == pid;
		if (pid != PID_INVALID)
			add_thread(names, record->thread, pid, index);
	}
}

void
names_text(const struct names *names, uint32_t identity, char text[THREAD_NAME_BYTES])
{
	const struct known_thread *t = find_thread(names, identity);
	const struct known_process *p = t != NULL ? find_process(names, t->pid) : NULL;
	if (identity == 0)
		snprintf(text, THREAD_NAME_BYTES, "idle");
	else if (p == NULL)
		snprintf(text, THREAD_NAME_BYTES, "thread %u", (unsigned)identity);
	else if (t->index == 0)
		snprintf(text, THREAD_NAME_BYTES, "%s", p->name);
	else
		snprintf(text, THREAD_NAME_BYTES, "%s/%u", p->name, (unsigned)t->index);
}
