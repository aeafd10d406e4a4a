/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No page is writable and executable, nowhere and in no order of calls; what is
 * not executable does not execute; the kernel's memory is out of reach.
 */
#include "calls.h"
#include "guard.h"
#include "pages.h"
#include "test.h"
#include "world.h"

#define PLACE (8 * WINDOW_BYTES)

static uint32_t data_code[2] = { 0x52800020, 0xd65f03c0 }; /* mov w0, #1; ret */

static void
execute_there(struct worker *self)
{
	self->result = ((uint64_t(*)(void))self->argument)(); /* NOLINT: on purpose */
}

static void
execute_own_stack(struct worker *self)
{
	volatile uint32_t code[2] = { 0x52800020, 0xd65f03c0 };

	self->result = ((uint64_t(*)(void))(uintptr_t)code)();
}

static void
must_not_execute(void (*run)(struct worker *), uint64_t argument)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(run, argument);
	if (CHECK(fault_wait(&m))) {
		EQUAL(m.word[FAULT_WORD_KIND], FAULT_PAGE);
		EQUAL(m.word[FAULT_WORD_ACCESS], ACCESS_EXECUTE);
		if (argument != 0)
			EQUAL(m.word[FAULT_WORD_ADDRESS], argument);
		WORKS(fault_stop(&m));
	}
	CHECK(!w->ended);
	worker_end(w);
	guard_end();
}

static void
the_stack_does_not_execute(void)
{
	must_not_execute(execute_own_stack, 0);
}

static void
data_and_home_do_not_execute(void)
{
	const uint64_t page = page_take();

	must_not_execute(execute_there, (uintptr_t)data_code);
	must_not_execute(execute_there, page);
	must_not_execute(execute_there, HOME_BASE + boot_facts()->ram[0].base);
	must_not_execute(execute_there, BOOT_INFO);
	page_give(page);
}

static void
no_order_of_calls_makes_a_page_writable_and_executable(void)
{
	const uint64_t page = page_take();

	world_begin();
	world_watch_page(INIT_SPACE, page);
	world_watch_page(INIT_SPACE, PLACE);
	world_watch_page(INIT_SPACE, PLACE + PAGE_BYTES);
	REFUSED(ERR_RIGHTS, insula_map(INIT_SPACE, PLACE, page, 1, PROT_W | PROT_X));
	WORKS(insula_map(INIT_SPACE, PLACE, page, 1, PROT_X));
	REFUSED(ERR_RIGHTS, insula_protect(INIT_SPACE, PLACE, 1, PROT_W));
	REFUSED(ERR_RIGHTS, insula_protect(INIT_SPACE, PLACE, 1, PROT_W | PROT_X));
	REFUSED(ERR_RIGHTS, insula_map(INIT_SPACE, PLACE + PAGE_BYTES, PLACE, 1, PROT_W));
	WORKS(insula_protect(INIT_SPACE, PLACE, 1, PROT_R));
	REFUSED(ERR_RIGHTS, insula_protect(INIT_SPACE, PLACE, 1, PROT_W));
	WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
	WORKS(insula_map(INIT_SPACE, PLACE, page, 1, PROT_W));
	REFUSED(ERR_RIGHTS, insula_protect(INIT_SPACE, PLACE, 1, PROT_X));
	REFUSED(ERR_RIGHTS, insula_map(INIT_SPACE, PLACE + PAGE_BYTES, PLACE, 1, PROT_X));
	WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
	page_give(page);
}

/* Every page that this space has: none is both. */
static void
no_page_of_the_first_process_is_writable_and_executable(void)
{
	const struct init_header *header = (const struct init_header *)IMAGE_BASE; /* NOLINT */
	uint64_t r[7] = { 0 };

	for (uint64_t at = 0; at < header->memory_bytes; at += PAGE_BYTES) {
		WORKS(insula_space_query(INIT_SPACE, SPACE_PAGE, IMAGE_BASE + at, r));
		EQUAL(r[0],
		    (at < header->text_bytes ? PROT_X | PAGE_PRESENT : PROT_W | PAGE_PRESENT));
	}
	for (uint64_t at = MAIN_STACK_TOP - 16 * PAGE_BYTES; at < MAIN_STACK_TOP;
	     at += PAGE_BYTES) {
		WORKS(insula_space_query(INIT_SPACE, SPACE_PAGE, at, r));
		EQUAL(r[0], (PROT_W | PAGE_PRESENT));
	}
	WORKS(insula_space_query(INIT_SPACE, SPACE_PAGE, BOOT_INFO, r));
	EQUAL(r[0], (PROT_R | PAGE_PRESENT));
	EQUAL(insula_space_query(INIT_SPACE, SPACE_PAGE, MAIN_STACK_TOP - 17 * PAGE_BYTES, r),
	    ERR_NOT_MAPPED);
}

static void
read_there(struct worker *self)
{
	self->result = *(volatile uint64_t *)self->argument; /* NOLINT: on purpose */
}

static void
kernel_frames_are_not_in_home(void)
{
	struct message m;
	const uint64_t page = page_take();

	WORKS(insula_fund(INIT_SPACE, page, 1));
	guard_begin();
	struct worker *w = victim_start(read_there, page);
	REQUIRE(fault_wait(&m));
	EQUAL(m.word[FAULT_WORD_KIND], FAULT_PAGE);
	WORKS(fault_stop(&m));
	worker_end(w);
	guard_end();
}

static void
write_then_execute(struct worker *self)
{
	volatile uint32_t *code = (volatile uint32_t *)self->argument; /* NOLINT: home */

	code[0] = 0x52800540; /* mov w0, #42 */
	code[1] = 0xd65f03c0;
	WORKS(insula_map(INIT_SPACE, PLACE, self->argument, 1, PROT_X));
	self->result = ((uint64_t(*)(void))PLACE)(); /* NOLINT: just mapped */
}

static void
a_page_mapped_executable_executes_what_was_written_before(void)
{
	const uint64_t page = page_take();
	struct worker self = { .argument = page };

	write_then_execute(&self);
	EQUAL(self.result, 42);
	WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
	page_give(page);
}

static const struct test tests[] = {
	T(the_stack_does_not_execute),
	T(data_and_home_do_not_execute),
	T(no_order_of_calls_makes_a_page_writable_and_executable),
	T(no_page_of_the_first_process_is_writable_and_executable),
	T(kernel_frames_are_not_in_home),
	T(a_page_mapped_executable_executes_what_was_written_before),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
