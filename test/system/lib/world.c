/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's visible state as a list of values, and where two lists differ.
 */
#define CALLS_BARE
#include "world.h"

#include "calls.h"
#include "test.h"

#define WATCHED 16
#define VALUES 2048
#define CAPS_SEEN 200 /* slots of each table, from its first on */

struct value {
	const char *what;
	uint64_t of; /* handle, index or address */
	uint64_t value;
};

struct world {
	struct value value[VALUES];
	unsigned count;
};

static handle_t spaces[WATCHED], threads[WATCHED], page_spaces[WATCHED];
static uint64_t pages[WATCHED];
static unsigned space_count, thread_count, page_count;
static struct world before, after;

void
world_begin(void)
{
	space_count = thread_count = page_count = 0;
	world_watch_space(INIT_SPACE);
	world_watch_thread(INIT_THREAD);
}

void
world_watch_space(handle_t space)
{
	if (space_count < WATCHED)
		spaces[space_count++] = space;
}

void
world_watch_thread(handle_t thread)
{
	if (thread_count < WATCHED)
		threads[thread_count++] = thread;
}

void
world_watch_page(handle_t space, uint64_t address)
{
	if (page_count == WATCHED)
		return;
	page_spaces[page_count] = space;
	pages[page_count++] = address;
}

static void
add(struct world *w, const char *what, uint64_t of, uint64_t value)
{
	if (w->count < VALUES)
		w->value[w->count++] = (struct value){ what, of, value };
}

/* Slots that are empty say nothing, so that only what there is takes room. */
static void
add_caps(struct world *w, handle_t space)
{
	for (uint64_t i = 0; i < CAPS_SEEN; i++) {
		struct cap_info c = { 0 };
		const err_t err = insula_cap_query_index(space, i, &c);
		if (err != OK || c.type == CAP_NONE)
			continue;
		add(w, "capability's type", i, c.type);
		add(w, "capability's rights", i, c.rights);
		add(w, "capability's badge", i, c.badge);
		add(w, "capability's handle", i, c.handle);
		add(w, "capability's object", i, c.identity);
	}
}

static void
add_space(struct world *w, handle_t space)
{
	static const char *const names[] = { "pages paid", "spare pages", "pages mapped", "threads",
		"capabilities", "identity" };
	uint64_t r[7] = { 0 };

	add(w, "space's answer", space,
	    (uint64_t)(int64_t)insula_space_query(space, SPACE_FUND, 0, r));
	for (unsigned i = 0; i < 6; i++)
		add(w, names[i], space, r[i]);
	for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
		uint64_t link[7] = { 0 };
		(void)insula_space_query(space, SPACE_LINKS, slot, link);
		add(w, "linked estate", slot, link[0]);
		add(w, "holder", slot, link[1]);
	}
	add_caps(w, space);
}

static void
add_thread(struct world *w, handle_t thread)
{
	struct thread_info t = { 0 };

	if (insula_thread_query(thread, &t) != OK)
		return;
	add(w, "thread's state", thread, t.state);
	add(w, "thread's endpoint", thread, t.blocked_on);
	add(w, "thread's server", thread, t.blocked_tag);
	add(w, "thread's identity", thread, t.identity);
	add(w, "thread's deadline", thread, t.deadline_ns);
	if ((t.state & 0xff) != THREAD_RUNNING)
		add(w, "thread's pc", thread, t.pc);
}

static void
add_page(struct world *w, handle_t space, uint64_t address)
{
	uint64_t r[7] = { 0 };
	const err_t err = insula_space_query(space, SPACE_PAGE, address, r);

	add(w, "page's answer", address, (uint64_t)(int64_t)err);
	add(w, "page's access", address, r[0]);
	add(w, "frame's state", address, r[1]);
	add(w, "frame's mappings", address, r[2]);
	add(w, "frame's home", address, r[3]);
}

static void
look(struct world *w)
{
	w->count = 0;
	for (unsigned i = 0; i < space_count; i++)
		add_space(w, spaces[i]);
	for (unsigned i = 0; i < thread_count; i++)
		add_thread(w, threads[i]);
	for (unsigned i = 0; i < page_count; i++)
		add_page(w, page_spaces[i], pages[i]);
}

void
world_note(void)
{
	look(&before);
}

bool
world_is_unchanged(const char *file, int line, const char *what)
{
	look(&after);
	for (unsigned i = 0; i < before.count && i < after.count; i++) {
		const struct value *a = &before.value[i], *b = &after.value[i];
		if (a->what == b->what && a->of == b->of && a->value == b->value)
			continue;
		test_print("changed: %s of %x: %x, now %s of %x: %x\n", a->what, a->of, a->value,
		    b->what, b->of, b->value);
		return test_check(false, file, line, what);
	}
	if (before.count != after.count)
		test_print(
		    "changed: %u values, now %u\n", (uint64_t)before.count, (uint64_t)after.count);
	return test_check(before.count == after.count, file, line, what);
}

void
world_refused(int64_t got, int64_t want, const char *file, int line, const char *what)
{
	const bool held = test_equal((uint64_t)got, (uint64_t)want, file, line, what);

	if (world_is_unchanged(file, line, what) && held)
		calls_refused();
}
