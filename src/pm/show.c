/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `ps` and `caps` show. Objects are recognised by their identities, which
 * the kernel never uses twice; what the manager knows no name for is
 * described by its type alone.
 */
#include "show.h"
#include "effects.h"
#include "line.h"

#include <string.h>

static uint64_t
identity_in(handle_t table, handle_t handle)
{
	struct cap_info cap;
	return handle != HANDLE_NONE && insula_cap_query(table, handle, &cap) == OK ? cap.identity
										    : 0;
}

/* Asked for once; a process of init's has no other instance, an update forgets it. */
static uint64_t
space_identity(struct process *p)
{
	if (p->instance.identity == 0)
		p->instance.identity = identity_in(SELF, p->instance.space);
	return p->instance.identity;
}

static uint64_t
endpoint_identity(struct process *p)
{
	if (p->endpoint_identity == 0 && p->estate != HANDLE_NONE)
		p->endpoint_identity = identity_in(p->estate, SLOT_HANDLE(1));
	return p->endpoint_identity;
}

static struct process *
owner_of_endpoint(uint64_t identity)
{
	if (identity == 0)
		return NULL;
	PROCESS_EACH(p)
	if (p->state == PROCESS_ALIVE && endpoint_identity(p) == identity)
		return p;
	return NULL;
}

/* --- processes and threads */

static void
show_threads(const struct process *p, struct process_list_out *out)
{
	uint64_t fund[7], t[7];
	struct thread_info main_thread;
	if (insula_space_query(p->instance.space, SPACE_FUND, 0, fund) == OK)
		out->threads = fund[3];
	for (uint64_t n = 0; n < out->threads; n++)
		if (insula_space_query(p->instance.space, SPACE_THREAD, n, t) == OK)
			out->cpu_ns += t[1];
	if (insula_thread_query(p->instance.thread, &main_thread) != OK)
		return;
	out->state = main_thread.state & 0xff;
	out->priority = main_thread.state >> 16 & 0xff;
	out->policy = main_thread.state >> 24 & (0xff | THREAD_NARROW);
	const struct process *on = owner_of_endpoint(main_thread.blocked_on);
	if (on != NULL && on != p)
		out->blocked_on_pid = on->pid;
}

void
show_process(uint64_t after, struct process_list_out *out)
{
	const struct process *p = NULL;
	PROCESS_EACH(q)
	if (q->state != PROCESS_FREE && q->pid > after && (p == NULL || q->pid < p->pid))
		p = q;
	if (p == NULL)
		return;
	out->pid = p->pid;
	out->parent = p->parent;
	memcpy(out->name, p->name, sizeof out->name);
	out->flags = p->flags;
	out->instance = p->instance.number;
	if (p->state == PROCESS_ZOMBIE) {
		out->flags |= PROCESS_ENDED;
		out->state = THREAD_DYING;
		return;
	}
	if (p->update != NULL)
		out->flags |= PROCESS_UPDATING;
	if (p->restarts)
		out->flags |= PROCESS_RESTARTS;
	if (process_is_kept(p))
		out->flags |= PROCESS_KEPT;
	if (p->state_estate != HANDLE_NONE)
		out->flags |= PROCESS_STATE;
	show_threads(p, out);
	effect_memory_pages(p->pid, &out->user_pages, &out->kernel_pages);
}

err_t
show_thread(uint64_t pid, uint64_t index, struct process_thread_info_out *out)
{
	const struct process *p = process_by_pid(pid);
	if (p == NULL)
		return ERR_NO_PROCESS;
	uint64_t t[7];
	if (insula_space_query(p->instance.space, SPACE_THREAD, index, t) != OK)
		return ERR_NOT_FOUND;
	out->state = t[0];
	out->cpu_ns = t[1];
	const struct process *on = owner_of_endpoint(t[2]);
	out->blocked_on = on != NULL ? on->pid : 0;
	out->waits_for = t[3];
	out->identity = t[4];
	out->pc = t[5];
	return OK;
}

/* --- capabilities in words */

static const char *const right_names[] = { "send", "receive", "notify", "own", "control",
	"schedule", "query", "own", "map", "fund", "create", "table", "link", "stop", "query",
	"own" };

static void
say_rights(struct line *l, uint64_t rights)
{
	line_text(l, ":");
	for (unsigned i = 0; i < sizeof right_names / sizeof right_names[0]; i++) {
		if ((rights >> i & 1) == 0)
			continue;
		line_text(l, " ");
		line_text(l, right_names[i]);
	}
}

static void
say_endpoint(struct line *l, const struct process *of, const struct cap_info *cap)
{
	const struct process *owner = owner_of_endpoint(cap->identity);
	line_start(l, "endpoint");
	if (owner != NULL && owner == of) {
		line_text(l, " main");
	} else if (owner != NULL) {
		line_text(l, " of ");
		line_text(l, owner->name);
	} else if (cap->identity == identity_in(SELF, authority.firmware)) {
		line_text(l, " firmware");
	}
	say_rights(l, cap->rights);
	if (cap->badge == 0)
		return;
	line_text(l, (cap->rights & RIGHT_NOTIFY) != 0 ? ", bits " : ", badge ");
	line_hex(l, cap->badge);
}

static void
say_space(struct line *l, const struct cap_info *cap)
{
	line_start(l, "space");
	PROCESS_EACH(p)
	{
		if (p->state != PROCESS_ALIVE)
			continue;
		if (cap->identity == space_identity(p))
			line_start(l, "space");
		else if (cap->identity == identity_in(SELF, p->estate))
			line_start(l, "estate");
		else if (cap->identity == identity_in(SELF, p->state_estate))
			line_start(l, "state");
		else
			continue;
		line_text(l, " of ");
		line_text(l, p->name);
		break;
	}
	say_rights(l, cap->rights);
}

static void
say_cap(struct line *l, const struct process *of, const struct cap_info *cap)
{
	switch (cap->type) {
	case CAP_ENDPOINT:
		say_endpoint(l, of, cap);
		break;
	case CAP_THREAD:
		line_start(l, "thread ");
		line_number(l, cap->identity);
		say_rights(l, cap->rights);
		break;
	case CAP_SPACE:
		say_space(l, cap);
		break;
	default:
		line_start(l, "interrupt lines ");
		line_number(l, cap->badge & 0xffffffffu);
		line_text(l, "-");
		line_number(l, cap->badge >> 32);
	}
}

/* Indices count through the private table, then through the estate's. */
err_t
show_cap(uint64_t pid, uint64_t index, struct process_caps_out *out)
{
	const struct process *p = process_by_pid(pid);
	if (p == NULL)
		return ERR_NO_PROCESS;
	for (; index < 2 * CAPS_PER_TABLE; index++) {
		handle_t table = index < CAPS_PER_TABLE ? p->instance.space : p->estate;
		struct cap_info cap;
		if (table == HANDLE_NONE ||
		    insula_cap_query_index(table, index % CAPS_PER_TABLE, &cap) != OK) {
			index |= CAPS_PER_TABLE - 1; /* the table ends here */
			continue;
		}
		if (cap.type == CAP_NONE)
			continue;
		struct line l;
		say_cap(&l, p, &cap);
		strncpy(out->text, l.text, sizeof out->text - 1);
		out->next = index + 1;
		return OK;
	}
	return OK;
}
