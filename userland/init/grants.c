/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities: each server's by what its node in the manifest grants, and no
 * more; then what init did with memory is written down, and threads start.
 */
#include "init.h"

#define HANDOVER_PAGES ((sizeof(struct handover) + PAGE_BYTES - 1) / PAGE_BYTES)
#define SERVER_LIMIT 63u

/* To the holder of `home`: every space, to map into and to fund; and home itself. */
static void
grant_home(struct server *holder)
{
	struct handover *h = init.handover;
	for (uint32_t i = 0; i < HANDOVER_PROCESSES; i++) {
		const struct server *s = &init.server[i];
		h->process[i].memory_space = give(SELF, s->space, holder->estate, RIGHTS_SPACE, 0);
		h->process[i].memory_estate =
		    give(SELF, s->estate, holder->estate, RIGHTS_SPACE, 0);
		if (s->state != HANDLE_NONE)
			h->process[i].memory_state =
			    give(SELF, s->state, holder->estate, RIGHTS_SPACE, 0);
	}
	h->memory_home = give(SELF, INIT_HOME, holder->estate,
	    RIGHT_LINK | RIGHT_SP_QUERY | RIGHT_CREATE | RIGHT_FUND, 0);
	add_grant(holder, "home", h->memory_home, 0);
}

/* To the RPC insulator: the tables of estates, for doorbells. Memory has them with home. */
static void
grant_tables(struct server *holder)
{
	if (holder->pid != PID_RPC)
		return;
	for (uint32_t i = 0; i < HANDOVER_PROCESSES; i++)
		init.handover->process[i].rpc_estate = give(
		    SELF, init.server[i].estate, holder->estate, RIGHT_TABLE | RIGHT_CREATE, 0);
}

/* To the process manager: every process, to start, stop and link. */
static void
grant_spaces(struct server *holder)
{
	const uint64_t estate_rights = RIGHT_TABLE | RIGHT_LINK | RIGHT_SP_QUERY;
	for (uint32_t i = 0; i < HANDOVER_PROCESSES; i++) {
		struct server *s = &init.server[i];
		struct handover_process *r = &init.handover->process[i];
		r->process_space = give(SELF, s->space, holder->estate,
		    RIGHT_CREATE | RIGHT_TABLE | RIGHT_LINK | RIGHT_STOP | RIGHT_SP_QUERY, 0);
		r->process_estate = give(SELF, s->estate, holder->estate, estate_rights, 0);
		if (s->state != HANDLE_NONE)
			r->process_state = give(SELF, s->state, holder->estate, estate_rights, 0);
		r->process_quiesce = give(s->estate, HANDLE_MAIN_ENDPOINT, holder->estate,
		    RIGHT_NOTIFY, 1ull << BIT_QUIESCE);
		r->process_thread = give(SELF, s->thread, holder->estate, RIGHTS_THREAD, 0);
	}
}

static void
grant_archive(struct server *holder)
{
	const struct boot_range *a = &init.archive_range;
	const uint64_t first = a->base & ~(PAGE_BYTES - 1);
	const unsigned pages =
	    (unsigned)((a->base + a->bytes - first + PAGE_BYTES - 1) / PAGE_BYTES);
	lend(holder, IN_SPACE, ARCHIVE_BASE, first, pages, PROT_R);
	add_grant(holder, "archive", ARCHIVE_BASE + (a->base - first), a->bytes);
}

static void
grant(struct server *s, const struct manifest_grant *g)
{
	struct handover *h = init.handover;
	switch (g->word) {
	case WORD_home:
		grant_home(s);
		break;
	case WORD_tables:
		grant_tables(s);
		break;
	case WORD_spaces:
		grant_spaces(s);
		break;
	case WORD_faults:
		h->process_fault = give(server_of(PID_MEMORY)->estate, HANDLE_MAIN_ENDPOINT,
		    s->estate, RIGHT_SEND | RIGHT_EP_OWN, 0);
		add_grant(s, g->name, h->process_fault, 0);
		break;
	case WORD_firmware:
		h->process_firmware = give(SELF, INIT_FIRMWARE, s->estate, RIGHT_SEND, 0);
		add_grant(s, g->name, h->process_firmware, 0);
		break;
	case WORD_archive:
		grant_archive(s);
		break;
	default: /* irq: line by line, with the process that it is for */
		break;
	}
}

/* The handle that every instance has of its own: SEND at the manager, badge = instance. */
static void
give_control(struct server *s)
{
	if (s->pid == PID_INIT)
		return; /* its first slots are the kernel's gifts */
	const handle_t control = give(
	    server_of(PID_PROCESS)->estate, HANDLE_MAIN_ENDPOINT, s->space, RIGHT_SEND, s->pid);
	if (control != HANDLE_CONTROL)
		bare_fatal("%s: the control endpoint is not in slot 1", s->name);
}

static void
make_thread(struct server *s)
{
	const struct manifest_process *m = s->m;
	const uint32_t limit = s->pid == PID_PROCESS ? PRIORITY_MAX
	    : m->priority > SERVER_LIMIT             ? m->priority
						     : SERVER_LIMIT;
	/* Memory's own faults go to the manager, everybody else's to memory. */
	const pid_number_t guardian = s->pid == PID_MEMORY ? PID_PROCESS : PID_MEMORY;
	err_t err = insula_thread_create(s->space, SELF, m->priority, m->policy, &s->thread);
	if (err == ERR_NO_FUND && bare_fund(s->space, 1) == OK)
		err = insula_thread_create(s->space, SELF, m->priority, m->policy, &s->thread);
	if (err == OK)
		err = insula_thread_configure(s->thread, THREAD_LIMIT, limit, 0);
	if (err == OK) {
		const handle_t fault = give(
		    server_of(guardian)->estate, HANDLE_MAIN_ENDPOINT, SELF, RIGHT_SEND, s->pid);
		err = insula_thread_configure(s->thread, THREAD_FAULT_ENDPOINT, fault, 0);
		(void)insula_cap_delete(SELF, fault);
	}
	if (err != OK)
		bare_fatal("%s: its thread: %s", s->name, err_text(err));
	if (give(SELF, s->thread, s->space, RIGHT_SCHED | RIGHT_CONTROL | RIGHT_TH_QUERY, 0) !=
	    HANDLE_MAIN_THREAD)
		bare_fatal("%s: its thread is not in slot 2", s->name);
}

static void
show_handover(struct server *s)
{
	lend(s, IN_SPACE, HANDOVER, init.handover_frame, HANDOVER_PAGES, PROT_R);
	add_grant(s, "handover", HANDOVER, sizeof(struct handover));
}

void
grant_all(void)
{
	for (unsigned pid = PID_PIDDB; pid <= PID_PROCESS; pid++) {
		give_control(server_of(pid));
		make_thread(server_of(pid));
	}
	for (unsigned pid = PID_PIDDB; pid <= PID_PROCESS; pid++) {
		struct server *s = server_of(pid);
		for (uint32_t i = 0; i < s->m->grants; i++)
			grant(s, &s->m->grant[i]);
	}
	board_grants();
	show_handover(server_of(PID_MEMORY));
	show_handover(server_of(PID_RPC));
	show_handover(server_of(PID_PROCESS));
}

static uint64_t
fund_of(handle_t space)
{
	uint64_t result[7] = { 0 };
	if (space != HANDLE_NONE)
		(void)insula_space_query(space, SPACE_FUND, 0, result);
	return result[0];
}

static bool
in_archive(const struct boot_range *r)
{
	const struct boot_range *a = &init.archive_range;
	return r->base < a->base + a->bytes && a->base < r->base + r->bytes + PAGE_BYTES;
}

/* What was lent and funded is final; what is left is memory's. */
static void
finish_handover(void)
{
	struct handover *h = init.handover;
	uint32_t ranges;
	for (uint32_t i = 0; i < HANDOVER_PROCESSES; i++) {
		h->process[i].space_fund = fund_of(init.server[i].space);
		h->process[i].estate_fund = fund_of(init.server[i].estate);
		h->process[i].state_fund = fund_of(init.server[i].state);
	}
	const struct boot_range *left = bare_free_ranges(&ranges), *dtb = &boot_info->dtb;
	for (uint32_t i = 0; i < ranges; i++)
		if (left[i].bytes > 0)
			h->free[h->free_ranges++] = left[i];
	/* Nobody reads the board's device tree any more. */
	if (h->free_ranges < BOOT_RANGES && dtb->bytes % PAGE_BYTES == 0 &&
	    dtb->base % PAGE_BYTES == 0 && !in_archive(dtb))
		h->free[h->free_ranges++] = *dtb;
}

void
start_all(void)
{
	finish_handover();
	/* The last act on memory: from here on it is the insulator's. */
	err_t err = insula_link(server_of(PID_MEMORY)->space, SLOT_HOME, INIT_HOME);
	if (err != OK)
		bare_fatal("memory: linking home: %s", err_text(err));
	for (unsigned pid = PID_PIDDB; pid <= PID_PROCESS; pid++) {
		struct server *s = server_of(pid);
		err = insula_thread_start(s->thread, s->entry, MAIN_STACK_TOP, PROCESS_INFO, 0);
		if (err != OK)
			bare_fatal("%s: its thread does not start: %s", s->name, err_text(err));
	}
}
