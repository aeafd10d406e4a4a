/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on spaces, as docs/abi.md says them: what they do, every error they
 * can give, and that an error changes nothing. link is kernel-link's, what
 * destroy gives back is kernel-destroy's.
 */
#include "calls.h"
#include "handles.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#include <string.h>

#define PLACE (8 * WINDOW_BYTES) /* where nothing is mapped */
#define DEPTH_MAX 16
#define KERNEL_ADDRESS 0xffffff8000000000ull

static handle_t space; /* of the test that runs now */

static void
begin_test(unsigned fund)
{
	world_begin();
	if (insula_space_create(SELF, SELF, 0, &space) != OK)
		space = HANDLE_NONE;
	CHECK(space != HANDLE_NONE);
	fund_pages(space, fund);
	world_watch_space(space);
}

static void
end_test(void)
{
	WORKS(insula_destroy(space));
}

static uint64_t
page_value(handle_t of, uint64_t address, unsigned which)
{
	uint64_t r[7] = { 0 };

	if (insula_space_query(of, SPACE_PAGE, address, r) != OK)
		return ~0ull;
	return r[which];
}
#define ACCESS(of, address) page_value(of, address, 0)
#define STATE(of, address) page_value(of, address, 1)
#define MAPPINGS(of, address) page_value(of, address, 2)

static volatile uint64_t *
word_at(uint64_t address)
{
	return (volatile uint64_t *)address; /* NOLINT: the test's own mapping */
}

static void
a_new_space_is_empty(void)
{
	uint64_t r[7] = { 0 };
	struct cap_info c = { 0 };

	begin_test(0);
	WORKS(insula_space_query(space, SPACE_FUND, 0, r));
	for (unsigned i = 0; i < 5; i++)
		EQUAL(r[i], 0);
	WORKS(insula_cap_query(SELF, space, &c));
	EQUAL(c.type, CAP_SPACE);
	EQUAL(c.rights, RIGHTS_SPACE);
	EQUAL(c.identity, r[5]);
	end_test();
}

static void
space_create_is_refused(void)
{
	handle_t made = HANDLE_NONE;

	begin_test(0);
	REFUSED(ERR_ARGUMENT, insula_space_create(SELF, SELF, 2, &made));
	REFUSED(ERR_ARGUMENT, insula_space_create(SELF, SELF, 0x100, &made));
	REFUSED(
	    ERR_ARGUMENT, insula_space_create(SELF, SELF, SPACE_ESTATE | SLOT_COUNT << 8, &made));
	REFUSED(ERR_ARGUMENT, insula_space_create(SELF, SELF, SPACE_ESTATE | 0xff00, &made));
	REFUSED(ERR_NO_FUND, insula_space_create(space, SELF, 0, &made));
	REFUSED(ERR_NO_FUND, insula_space_create(SELF, space, 0, &made));
	EQUAL(made, HANDLE_NONE);
	end_test();
}

static void
sixteen_spaces_can_pay_each_for_the_next(void)
{
	handle_t payer, made = HANDLE_NONE;
	unsigned deep = 2; /* with init */

	begin_test(1);
	payer = space;
	for (; insula_space_create(payer, SELF, 0, &made) == OK; deep++) {
		payer = made;
		fund_pages(payer, 1);
	}
	EQUAL(deep, DEPTH_MAX);
	world_watch_space(payer);
	REFUSED(ERR_TOO_MANY, insula_space_create(payer, SELF, 0, &made));
	REFUSED(
	    ERR_TOO_MANY, insula_space_create(payer, SELF, SPACE_ESTATE | SLOT_STATE << 8, &made));
	EQUAL(made, payer);
	end_test();
	world_begin();
	REFUSED(ERR_HANDLE, insula_destroy(payer));
}

static void
map_shares_the_frame_with_at_most_the_sources_rights(void)
{
	begin_test(4);
	const uint64_t page = page_take();

	EQUAL(STATE(INIT_SPACE, page), FRAME_HOME);
	EQUAL(MAPPINGS(INIT_SPACE, page), 0);
	WORKS(insula_map(INIT_SPACE, PLACE, page, 1, PROT_W));
	EQUAL(STATE(INIT_SPACE, page), FRAME_USER);
	EQUAL(MAPPINGS(INIT_SPACE, page), 1);
	EQUAL(ACCESS(INIT_SPACE, PLACE), (PROT_W | PAGE_PRESENT));
	*word_at(PLACE) = 0x123456789;
	EQUAL(*word_at(page), 0x123456789);
	WORKS(insula_map(space, IMAGE_BASE, PLACE, 1, PROT_R));
	EQUAL(MAPPINGS(INIT_SPACE, page), 2);
	EQUAL(ACCESS(space, IMAGE_BASE), (PROT_R | PAGE_PRESENT));
	EQUAL(page_value(space, IMAGE_BASE, 3), page);
	WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
	EQUAL(MAPPINGS(INIT_SPACE, page), 1);
	WORKS(insula_unmap(space, IMAGE_BASE, 1));
	EQUAL(STATE(INIT_SPACE, page), FRAME_HOME);
	EQUAL(*word_at(page), 0x123456789);
	page_give(page);
	end_test();
}

static void
map_takes_up_to_16_pages_over_the_end_of_a_table(void)
{
	begin_test(8);
	const uint64_t pages = pages_take(16);
	const uint64_t at = PLACE + 512 * PAGE_BYTES - 5 * PAGE_BYTES;

	WORKS(insula_map(INIT_SPACE, at, pages, 16, PROT_W));
	for (uint64_t i = 0; i < 16; i++) {
		*word_at(at + i * PAGE_BYTES) = i;
		EQUAL(*word_at(pages + i * PAGE_BYTES), i);
	}
	WORKS(insula_map(space, WINDOW_BYTES - 7 * PAGE_BYTES, at, 16, PROT_R));
	for (uint64_t i = 0; i < 16; i++)
		EQUAL(MAPPINGS(INIT_SPACE, pages + i * PAGE_BYTES), 2);
	WORKS(insula_unmap(space, WINDOW_BYTES - 7 * PAGE_BYTES, 16));
	WORKS(insula_unmap(INIT_SPACE, at, 16));
	for (unsigned i = 0; i < 16; i++)
		page_give(pages + i * PAGE_BYTES);
	end_test();
}

static void
map_is_refused(void)
{
	begin_test(4);
	const uint64_t page = pages_take(2), text = IMAGE_BASE;

	world_watch_page(INIT_SPACE, page);
	world_watch_page(INIT_SPACE, page + PAGE_BYTES);
	world_watch_page(space, PLACE);
	world_watch_page(space, PLACE + PAGE_BYTES);
	REFUSED(ERR_ARGUMENT, insula_map(space, PLACE, page, 0, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, PLACE, page, 17, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, PLACE, page, ~0u, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, PLACE, page, 1, 4));
	REFUSED(ERR_ARGUMENT, insula_map(space, PLACE, page, 1, PAGE_PRESENT));
	REFUSED(ERR_ARGUMENT, insula_map(space, PRIVATE_END, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, PRIVATE_END - PAGE_BYTES, page, 2, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, SLOT_ESTATE_BASE, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, HOME_BASE, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, USER_END, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, KERNEL_ADDRESS, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(space, ~0ull << PAGE_SHIFT, page, 1, PROT_R));
	REFUSED(ERR_ALIGNMENT, insula_map(space, PLACE + 8, page, 1, PROT_R));
	REFUSED(ERR_ALIGNMENT, insula_map(space, PLACE, page + 8, 1, PROT_R));
	REFUSED(ERR_NOT_MAPPED, insula_map(space, PLACE, PLACE, 1, PROT_R));
	REFUSED(
	    ERR_NOT_MAPPED, insula_map(space, PLACE, PRIVATE_END - WINDOW_BYTES / 2, 1, PROT_R));
	REFUSED(ERR_NOT_MAPPED, insula_map(space, PLACE, USER_END - PAGE_BYTES, 1, PROT_R));
	CHECK(insula_map(space, PLACE, KERNEL_ADDRESS, 1, PROT_R) < 0);
	CHECK(insula_map(space, PLACE, ~0ull << PAGE_SHIFT, 1, PROT_R) < 0);
	REFUSED(ERR_RIGHTS, insula_map(space, PLACE, page, 1, PROT_W | PROT_X));
	REFUSED(ERR_RIGHTS, insula_map(space, PLACE, text, 1, PROT_W));
	REFUSED(ERR_RIGHTS, insula_map(space, PLACE, BOOT_INFO, 1, PROT_W));
	REFUSED(ERR_RIGHTS, insula_map(space, PLACE, BOOT_INFO, 1, PROT_X));
	WORKS(insula_map(space, PLACE + PAGE_BYTES, page, 1, PROT_R));
	REFUSED(ERR_MAPPED, insula_map(space, PLACE + PAGE_BYTES, page, 1, PROT_R));
	REFUSED(ERR_MAPPED, insula_map(space, PLACE, page, 2, PROT_R));
	/* None of the pages, when one source is missing. */
	WORKS(insula_map(INIT_SPACE, PLACE, page, 1, PROT_R));
	REFUSED(ERR_NOT_MAPPED, insula_map(space, PLACE + 8 * PAGE_BYTES, PLACE, 2, PROT_R));
	WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
	WORKS(insula_unmap(space, PLACE + PAGE_BYTES, 1));
	page_give(page);
	page_give(page + PAGE_BYTES);
	end_test();
}

static void
map_without_fund_says_how_many_pages_are_lacking(void)
{
	begin_test(0);
	const uint64_t page = page_take();
	uint64_t x[19] = { space, PLACE, page, 1, PROT_R };

	world_watch_page(INIT_SPACE, page);
	REFUSED(ERR_NO_FUND, insula_map(space, PLACE, page, 1, PROT_R));
	raw_call(CALL_map, x);
	EQUAL(x[0], (uint64_t)(int64_t)ERR_NO_FUND);
	EQUAL(x[1], 3);
	fund_pages(space, 2);
	REFUSED(ERR_NO_FUND, insula_map(space, PLACE, page, 1, PROT_R));
	fund_pages(space, 1); /* root and two tables */
	WORKS(insula_map(space, PLACE, page, 1, PROT_R));
	EQUAL(fund_spare(space), 0);
	WORKS(insula_unmap(space, PLACE, 1));
	CHECK(fund_spare(space) >= 2); /* tables without an entry are spare again */
	page_give(page);
	end_test();
}

static void
unmap_is_refused(void)
{
	begin_test(4);
	const uint64_t page = page_take();

	WORKS(insula_map(space, PLACE, page, 1, PROT_R));
	world_watch_page(space, PLACE);
	REFUSED(ERR_ARGUMENT, insula_unmap(space, PLACE, 0));
	REFUSED(ERR_ARGUMENT, insula_unmap(space, PLACE, 17));
	REFUSED(ERR_ARGUMENT, insula_unmap(space, PRIVATE_END, 1));
	REFUSED(ERR_ARGUMENT, insula_unmap(space, KERNEL_ADDRESS, 1));
	REFUSED(ERR_ARGUMENT, insula_unmap(INIT_SPACE, HOME_BASE, 1));
	REFUSED(ERR_ALIGNMENT, insula_unmap(space, PLACE + 1, 1));
	REFUSED(ERR_NOT_MAPPED, insula_unmap(space, PLACE, 2));
	REFUSED(ERR_NOT_MAPPED, insula_unmap(space, PLACE - PAGE_BYTES, 2));
	REFUSED(ERR_NOT_MAPPED, insula_unmap(space, 0, 1));
	WORKS(insula_unmap(space, PLACE, 1));
	REFUSED(ERR_NOT_MAPPED, insula_unmap(space, PLACE, 1));
	page_give(page);
	end_test();
}

static void
protect_moves_below_what_a_page_was_mapped_with(void)
{
	begin_test(4);
	const uint64_t page = pages_take(3);

	WORKS(insula_map(space, PLACE, page, 1, PROT_W));
	WORKS(insula_map(space, PLACE + PAGE_BYTES, page + PAGE_BYTES, 1, PROT_R));
	WORKS(insula_map(space, PLACE + 2 * PAGE_BYTES, page + 2 * PAGE_BYTES, 1, PROT_X));
	for (uint64_t i = 0; i < 3; i++)
		world_watch_page(space, PLACE + i * PAGE_BYTES);
	WORKS(insula_protect(space, PLACE, 3, PROT_R));
	for (uint64_t i = 0; i < 3; i++)
		EQUAL(ACCESS(space, PLACE + i * PAGE_BYTES), (PROT_R | PAGE_PRESENT));
	WORKS(insula_protect(space, PLACE, 1, PROT_W));
	EQUAL(ACCESS(space, PLACE), (PROT_W | PAGE_PRESENT));
	WORKS(insula_protect(space, PLACE + 2 * PAGE_BYTES, 1, PROT_X));
	REFUSED(ERR_RIGHTS, insula_protect(space, PLACE, 2, PROT_W));
	REFUSED(ERR_RIGHTS, insula_protect(space, PLACE, 1, PROT_X));
	REFUSED(ERR_RIGHTS, insula_protect(space, PLACE, 1, PROT_W | PROT_X));
	REFUSED(ERR_RIGHTS, insula_protect(space, PLACE + 2 * PAGE_BYTES, 1, PROT_W));
	REFUSED(ERR_ARGUMENT, insula_protect(space, PLACE, 0, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_protect(space, PLACE, 17, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_protect(space, PLACE, 1, 8));
	REFUSED(ERR_ARGUMENT, insula_protect(space, PRIVATE_END, 1, PROT_R));
	REFUSED(ERR_ALIGNMENT, insula_protect(space, PLACE + 4, 1, PROT_R));
	REFUSED(ERR_NOT_MAPPED, insula_protect(space, PLACE, 4, PROT_R));
	WORKS(insula_unmap(space, PLACE, 3));
	for (unsigned i = 0; i < 3; i++)
		page_give(page + i * PAGE_BYTES);
	end_test();
}

static void
fund_takes_pages_from_home_and_defund_brings_them_back_zeroed(void)
{
	begin_test(0);
	const uint64_t page = pages_take(2);

	*word_at(page) = 0xdeadbeef;
	WORKS(insula_fund(space, page, 2));
	EQUAL(fund_paid(space), 2);
	EQUAL(fund_spare(space), 2);
	EQUAL(STATE(INIT_SPACE, page), FRAME_KERNEL);
	EQUAL(ACCESS(INIT_SPACE, page) & PAGE_PRESENT, 0);
	uint64_t back[2] = { 0 };
	WORKS(insula_defund(space, &back[0]));
	WORKS(insula_defund(space, &back[1]));
	CHECK(back[0] != back[1]);
	for (int i = 0; i < 2; i++) {
		CHECK(back[i] == page || back[i] == page + PAGE_BYTES);
		EQUAL(STATE(INIT_SPACE, back[i]), FRAME_HOME);
		EQUAL(*word_at(back[i]), 0);
		*word_at(back[i]) = 1; /* and it is writable */
		page_give(back[i]);
	}
	end_test();
}

static void
fund_is_refused(void)
{
	begin_test(4);
	const uint64_t page = pages_take(2);
	const struct boot_info *info = boot_facts();

	world_watch_page(INIT_SPACE, page);
	world_watch_page(INIT_SPACE, page + PAGE_BYTES);
	REFUSED(ERR_ARGUMENT, insula_fund(space, page, 0));
	REFUSED(ERR_ARGUMENT, insula_fund(space, page, 17));
	REFUSED(ERR_ALIGNMENT, insula_fund(space, page + 16, 1));
	REFUSED(ERR_NOT_HOME, insula_fund(space, IMAGE_BASE, 1));
	REFUSED(ERR_NOT_HOME, insula_fund(space, PLACE, 1));
	REFUSED(ERR_NOT_HOME, insula_fund(space, KERNEL_ADDRESS, 1));
	REFUSED(ERR_NOT_HOME, insula_fund(space, USER_END, 1));
	REFUSED(ERR_NOT_HOME, insula_fund(space, HOME_BASE - PAGE_BYTES, 1));
	/* A device's registers, and where there is nothing at all. */
	REFUSED(ERR_NOT_HOME, insula_fund(space, HOME_BASE + 64 * WINDOW_BYTES - PAGE_BYTES, 1));
	REFUSED(ERR_NOT_HOME, insula_fund(space, HOME_BASE + info->ram[0].base - PAGE_BYTES, 1));
	WORKS(insula_map(space, PLACE, page + PAGE_BYTES, 1, PROT_R));
	REFUSED(ERR_BUSY, insula_fund(space, page + PAGE_BYTES, 1));
	REFUSED(ERR_BUSY, insula_fund(space, page, 2));
	WORKS(insula_unmap(space, PLACE, 1));
	WORKS(insula_fund(space, page, 1));
	EQUAL(insula_fund(space, page, 1), ERR_NOT_HOME);
	page_give(page + PAGE_BYTES);
	uint64_t back = 0;
	WORKS(insula_defund(space, &back));
	page_give(back);
	end_test();
}

static void
defund_without_a_spare_page_is_refused(void)
{
	uint64_t back = 0;

	begin_test(0);
	REFUSED(ERR_NO_FUND, insula_defund(space, &back));
	fund_pages(space, 1);
	handle_t made = HANDLE_NONE;
	WORKS(insula_endpoint_create(space, SELF, &made));
	REFUSED(ERR_NO_FUND, insula_defund(space, &back));
	WORKS(insula_destroy(made));
	WORKS(insula_defund(space, &back));
	page_give(back);
	end_test();
}

static void
an_object_zeroes_its_memory_when_it_dies(void)
{
	begin_test(0);
	const uint64_t page = page_take();
	handle_t made[8] = { 0 };
	uint64_t back = 0;

	for (unsigned i = 0; i < 512; i++)
		word_at(page)[i] = ~0ull;
	WORKS(insula_fund(space, page, 1));
	for (unsigned i = 0; i < 8; i++)
		WORKS(insula_endpoint_create(space, SELF, &made[i]));
	for (unsigned i = 0; i < 8; i++)
		WORKS(insula_destroy(made[i]));
	WORKS(insula_defund(space, &back));
	EQUAL(back, page);
	for (unsigned i = 0; i < 512; i++)
		EQUAL(word_at(page)[i], 0);
	page_give(page);
	end_test();
}

static volatile uint64_t counter;

static void
count(struct worker *self)
{
	(void)self;
	for (;;)
		counter++;
}

static void
space_stop_stops_all_threads_and_lets_them_go_on(void)
{
	struct worker *w[20];

	world_begin();
	space = space_like_this(16);
	REQUIRE(space != HANDLE_NONE);
	for (unsigned i = 0; i < 20; i++)
		w[i] = worker_start_in(space, count, i, LOW, POLICY_FIFO);
	counter = 0;
	sleep_us(20000);
	CHECK(counter > 0);
	WORKS(insula_space_stop(space, 1));
	uint64_t at = counter;
	sleep_us(20000);
	EQUAL(counter, at);
	for (unsigned i = 0; i < 20; i++)
		EQUAL(worker_state(w[i]), THREAD_STOPPED);
	WORKS(insula_space_stop(space, 1)); /* it stays so */

	/* A stopped space's thread can be made and started; it runs when the space does. */
	struct worker *later = worker_new_in(space, count, 0, LOW, POLICY_FIFO);
	WORKS(worker_go(later));
	EQUAL(worker_state(later), THREAD_STOPPED);
	/* A thread that was stopped by itself stays stopped. */
	WORKS(insula_thread_stop(w[0]->handle));
	WORKS(insula_space_stop(space, 0));
	EQUAL(worker_state(w[0]), THREAD_STOPPED);
	EQUAL(worker_state(w[1]), THREAD_READY);
	EQUAL(worker_state(later), THREAD_READY);
	sleep_us(20000);
	CHECK(counter > at);
	for (unsigned i = 0; i < 20; i++)
		worker_end(w[i]);
	worker_end(later);
	end_test();
}

static void
space_stop_is_refused(void)
{
	begin_test(0);
	REFUSED(ERR_BUSY, insula_space_stop(INIT_SPACE, 1));
	REFUSED(ERR_ARGUMENT, insula_space_stop(space, 2));
	REFUSED(ERR_ARGUMENT, insula_space_stop(space, ~0u));
	end_test();
}

static void
space_query_lists_threads(void)
{
	uint64_t r[7] = { 0 };
	struct thread_info info = { 0 };
	handle_t t[3];

	begin_test(4);
	for (unsigned i = 0; i < 3; i++)
		WORKS(insula_thread_create(space, SELF, 20 + i, POLICY_RR, &t[i]));
	for (unsigned i = 0; i < 3; i++) {
		WORKS(insula_space_query(space, SPACE_THREAD, i, r));
		WORKS(insula_thread_query(t[i], &info));
		EQUAL(r[0], info.state);
		EQUAL(r[4], info.identity);
	}
	REFUSED(ERR_ARGUMENT, insula_space_query(space, SPACE_THREAD, 3, r));
	WORKS(insula_space_query(space, SPACE_FUND, 0, r));
	EQUAL(r[3], 3);
	for (unsigned i = 0; i < 3; i++)
		WORKS(insula_destroy(t[i]));
	end_test();
}

static void
space_query_is_refused(void)
{
	uint64_t r[7] = { 0 };

	begin_test(0);
	REFUSED(ERR_ARGUMENT, insula_space_query(space, (enum space_item)4, 0, r));
	REFUSED(ERR_ARGUMENT, insula_space_query(space, (enum space_item)0x7fffffff, 0, r));
	REFUSED(ERR_ARGUMENT, insula_space_query(space, SPACE_LINKS, SLOT_COUNT, r));
	REFUSED(ERR_ARGUMENT, insula_space_query(space, SPACE_PAGE, USER_END, r));
	REFUSED(ERR_ARGUMENT, insula_space_query(space, SPACE_PAGE, KERNEL_ADDRESS, r));
	REFUSED(ERR_NOT_MAPPED, insula_space_query(space, SPACE_PAGE, PLACE, r));
	REFUSED(ERR_RIGHTS, insula_space_query(SELF, SPACE_FUND, 0, r));
	end_test();
}

static void
destroy_is_refused(void)
{
	handle_t inner = HANDLE_NONE;

	begin_test(6);
	REFUSED(ERR_BUSY, insula_destroy(INIT_SPACE));
	REFUSED(ERR_HANDLE, insula_destroy(SELF));
	REFUSED(ERR_STATE, insula_destroy(INIT_FIRMWARE));
	REFUSED(ERR_RIGHTS, insula_destroy(INIT_IRQ));
	const handle_t weak = badged(space, RIGHTS_SPACE & ~RIGHT_SP_OWN, 0);
	REFUSED(ERR_RIGHTS, insula_destroy(weak));
	WORKS(insula_cap_delete(SELF, weak));
	WORKS(insula_space_create(space, SELF, 0, &inner));
	WORKS(insula_destroy(inner));
	end_test();
}

static void
wrong_handles_are_refused(void)
{
	static const struct handle_case cases[] = {
		{ "space_create payer", CALL_space_create, 0, RIGHT_CREATE, { 0, SELF, 0 } },
		{ "space_create table", CALL_space_create, 1, RIGHT_TABLE, { SELF, 0, 0 } },
		{ "map", CALL_map, 0, RIGHT_MAP, { 0, PLACE, IMAGE_BASE, 1, PROT_R } },
		{ "unmap", CALL_unmap, 0, RIGHT_MAP, { 0, PLACE, 1 } },
		{ "protect", CALL_protect, 0, RIGHT_MAP, { 0, PLACE, 1, PROT_R } },
		{ "fund", CALL_fund, 0, RIGHT_FUND, { 0, HOME_BASE, 1 } },
		{ "defund", CALL_defund, 0, RIGHT_FUND, { 0 } },
		{ "link", CALL_link, 0, RIGHT_LINK, { 0, SLOT_STATE, 0 } },
		{ "link estate", CALL_link, 2, RIGHT_LINK, { GOOD_SPACE, SLOT_STATE, 0 } },
		{ "space_stop", CALL_space_stop, 0, RIGHT_STOP, { 0, 1 } },
		{ "space_query", CALL_space_query, 0, RIGHT_SP_QUERY, { 0, SPACE_FUND } },
	};

	handles_check(cases, sizeof cases / sizeof cases[0]);
}

static const struct test tests[] = {
	T(a_new_space_is_empty),
	T(space_create_is_refused),
	T(sixteen_spaces_can_pay_each_for_the_next),
	T(map_shares_the_frame_with_at_most_the_sources_rights),
	T(map_takes_up_to_16_pages_over_the_end_of_a_table),
	T(map_is_refused),
	T(map_without_fund_says_how_many_pages_are_lacking),
	T(unmap_is_refused),
	T(protect_moves_below_what_a_page_was_mapped_with),
	T(fund_takes_pages_from_home_and_defund_brings_them_back_zeroed),
	T(fund_is_refused),
	T(defund_without_a_spare_page_is_refused),
	T(an_object_zeroes_its_memory_when_it_dies),
	T(space_stop_stops_all_threads_and_lets_them_go_on),
	T(space_stop_is_refused),
	T(space_query_lists_threads),
	T(space_query_is_refused),
	T(destroy_is_refused),
	T(wrong_handles_are_refused),
};

int
main(void)
{
	threads_init();
	fund_pages(INIT_SPACE, 8);
	return RUN_TESTS(tests);
}
