/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every server has: a private space, an estate with its main endpoint in
 * slot 1, a connection directory, PROCESS_INFO. Home pays for the spaces
 * themselves, so that they outlive init.
 */
#include "init.h"
#include "manifest_rules.h"

#include <insula/services/rpc.h>
#include <string.h>

#define KIB_PER_PAGE (unsigned long)(PAGE_BYTES / 1024)
#define PROGRAM_PAGES 64 /* data, state and rings of a server, generously */
#define STATE_FUND 4     /* tables for a small state; bare_map gives more */

static const unsigned char where_slot[] = { 0, SLOT_ESTATE, SLOT_STATE };

/* About what the first five take, in pages: what the manifest says, and their programs. */
static unsigned long
wanted_pages(void)
{
	unsigned long pages = 0;
	for (uint32_t i = 0; i < init.manifest.count; i++) {
		const struct manifest_process *m = &init.manifest.process[i];
		if (m->first != 0)
			pages += m->stack_bytes / PAGE_BYTES + m->heap_pages + m->space_fund +
			    m->estate_fund + PROGRAM_PAGES;
	}
	return pages;
}

uint64_t
take_frames(unsigned pages, const char *what)
{
	static unsigned long at_first;
	if (at_first == 0)
		at_first = (unsigned long)bare_free_pages();
	const uint64_t frame = bare_frames(pages);
	if (frame == 0)
		bare_fatal(
		    "out of memory at %s: %lu KiB were free, the first servers need about %lu",
		    what, at_first * KIB_PER_PAGE, wanted_pages() * KIB_PER_PAGE);
	return frame;
}

static void
must(err_t err, const char *what, const char *name)
{
	if (err == ERR_NO_MEMORY)
		(void)take_frames(1, name);
	if (err != OK)
		bare_fatal("%s: %s: %s", name, what, err_text(err));
}

void
show(struct server *s, uint64_t address, uint64_t physical, unsigned pages, unsigned prot)
{
	must(bare_map(s->space, address, physical, pages, prot), "mapping", s->name);
}

void
lend(struct server *s, enum where where, uint64_t address, uint64_t frame, unsigned pages,
    unsigned prot)
{
	struct handover *h = init.handover;
	const handle_t space = where == IN_SPACE ? s->space
	    : where == IN_ESTATE                 ? s->estate
						 : s->state;
	if (pages == 0)
		return;
	must(bare_map(space, address, frame, pages, prot), "mapping", s->name);
	if (h->lents == HANDOVER_LENT)
		bare_fatal("%s: the handover has no room for more mappings", s->name);
	h->lent[h->lents++] = (struct handover_lent){
		.address = address,
		.physical = frame,
		.pages = pages,
		.prot = (uint16_t)prot,
		.pid = (uint8_t)s->pid,
		.estate = (uint8_t)where,
	};
	s->record->user_pages += pages;
}

handle_t
give(handle_t from, handle_t handle, handle_t to, uint64_t rights, uint64_t badge)
{
	handle_t copy = HANDLE_NONE;
	err_t err = insula_cap_copy(from, handle, to, rights, badge, &copy);
	if (err == ERR_NO_FUND) {
		must(bare_fund(to == SELF ? INIT_SPACE : to, 1), "kernel memory", "capabilities");
		err = insula_cap_copy(from, handle, to, rights, badge, &copy);
	}
	must(err, "a capability", "capabilities");
	return copy;
}

void
add_grant(struct server *s, const char *name, uint64_t value, uint64_t extra)
{
	struct process_info *info = s->info;
	if (info->grants == sizeof info->grant / sizeof info->grant[0])
		bare_fatal("%s: too many grants", s->name);
	const uint32_t n = info->grants++;
	strncpy(info->grant[n].name, name, sizeof info->grant[n].name - 1);
	info->grant[n].value = value;
	info->grant[n].extra = extra;
}

/* A space or an estate, paid for by home, with kernel memory of its own. */
static handle_t
make_space(const char *name, unsigned flags, unsigned fund)
{
	handle_t made = HANDLE_NONE;
	err_t err;
	while ((err = insula_space_create(INIT_HOME, SELF, flags, &made)) == ERR_NO_FUND)
		must(bare_fund(INIT_HOME, 1), "kernel memory", name);
	must(err, "a space", name);
	must(bare_fund(made, fund), "kernel memory", name);
	return made;
}

static handle_t
make_estate(const struct server *s, enum where where, unsigned fund)
{
	return make_space(s->name, SPACE_ESTATE | (unsigned)where_slot[where] << 8, fund);
}

/* The estate, linked, with what lies at fixed places in it. */
static void
build_estate(struct server *s, unsigned fund)
{
	handle_t main_endpoint = HANDLE_NONE;
	s->estate = make_estate(s, IN_ESTATE, fund);
	must(insula_endpoint_create(s->estate, s->estate, &main_endpoint), "its endpoint", s->name);
	if (main_endpoint != HANDLE_MAIN_ENDPOINT)
		bare_fatal("%s: the main endpoint is not in slot 1", s->name);
	s->directory_frame = take_frames(1, s->name);
	s->directory = bare_home(s->directory_frame);
	s->entries = ENTRY_BIRTH;
	lend(s, IN_ESTATE, DIRECTORY, s->directory_frame, 1, PROT_R);
	must(insula_link(s->space, SLOT_ESTATE, s->estate), "linking its estate", s->name);
}

void
build_state(struct server *s)
{
	s->state = make_estate(s, IN_STATE, STATE_FUND);
}

static void
fill_record(struct server *s)
{
	struct handover_process *r = s->record;
	r->pid = s->pid;
	r->instance = s->pid;
	r->parent = s->pid == PID_INIT ? PID_INVALID : PID_INIT;
	strncpy(r->name, s->name, sizeof r->name - 1);
	if (s->m == NULL)
		return;
	strncpy(r->path, s->m->binary, sizeof r->path - 1);
	r->priority = s->m->priority;
	r->policy = s->m->policy;
	r->flags = s->m->flags;
	r->stack_bytes = s->m->stack_bytes;
	r->heap_pages = s->m->heap_pages;
	r->quota_pages = s->m->quota_pages;
}

static void
fill_info(struct server *s)
{
	struct process_info *info = s->info;
	info->magic = PROCESS_INFO_MAGIC;
	info->instance = s->pid;
	info->pid = s->pid;
	info->parent = PID_INIT;
	info->start = START_FRESH;
	info->heap_quota_pages = s->m->quota_pages;
	info->clock_hz = boot_info->clock_hz;
	info->stack_bytes = s->m->stack_bytes;
	info->argc = 1;
	info->args_bytes = (uint32_t)strlen(s->name) + 1;
	strncpy(info->name, s->name, sizeof info->name - 1);
	strncpy(info->args, s->name, sizeof info->args - 1);
}

void
build_server(struct server *s)
{
	fill_record(s);
	s->space = make_space(s->name, 0, s->m->space_fund);
	build_estate(s, s->m->estate_fund);
	const uint64_t frame = take_frames(1, s->name);
	s->info = bare_home(frame);
	fill_info(s);
	lend(s, IN_SPACE, PROCESS_INFO, frame, 1, PROT_R);
	load_program(s);
}

void
build_own(struct server *s)
{
	uint64_t result[7] = { 0 };
	fill_record(s);
	s->space = INIT_SPACE;
	s->thread = INIT_THREAD;
	build_estate(s, MANIFEST_ESTATE_FUND);
	must(insula_space_query(INIT_SPACE, SPACE_PAGE, PROCESS_INFO, result), "PROCESS_INFO",
	    s->name);
	s->info = bare_home(result[3] - HOME_BASE);
}
