/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All 65,535 address-space numbers in use: the next space is refused, estates,
 * which have none, are not, and a number that is given back is used again.
 */
#include "calls.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#define NUMBERS 65535u
#define PAYERS 20u
#define MADE_BY_ONE 4000u /* a table has 4,095 slots */
#define PAGES_AT_ONCE 16u

static handle_t payers[PAYERS];

static void
fund_more(handle_t space)
{
	const uint64_t pages = pages_take(PAGES_AT_ONCE);

	CHECK(pages != 0 && insula_fund(space, pages, PAGES_AT_ONCE) == OK);
	for (unsigned i = 0; i < PAGES_AT_ONCE; i++)
		page_give(pages + i * PAGE_BYTES);
}

/* A space of the payer's, in the payer's table. */
static err_t
make_one(handle_t payer, handle_t *made)
{
	err_t err = insula_space_create(payer, payer, 0, made);

	while (err == ERR_NO_FUND) {
		fund_more(payer);
		err = insula_space_create(payer, payer, 0, made);
	}
	return err;
}

/* How many it makes, 4,000 at most; *made is the last one. */
static unsigned
make_many(handle_t payer, handle_t *made)
{
	unsigned count = 0;

	while (count < MADE_BY_ONE && make_one(payer, made) == OK)
		count++;
	return count;
}

static void
the_last_address_space_number_is_followed_by_none(void)
{
	handle_t made = HANDLE_NONE, back = HANDLE_NONE, payer = HANDLE_NONE;
	unsigned spaces = 1 /* init */, used = 0, count = MADE_BY_ONE;
	const uint64_t paid = fund_paid(INIT_SPACE), spare = fund_spare(INIT_SPACE);

	while (used < PAYERS && count == MADE_BY_ONE) {
		WORKS(insula_space_create(SELF, SELF, 0, &payers[used]));
		payer = payers[used++];
		count = make_many(payer, &made);
		spaces += 1 + count;
	}
	EQUAL(spaces, NUMBERS);

	world_begin();
	world_watch_space(payer);
	REFUSED(ERR_TOO_MANY, insula_space_create(payer, payer, 0, &back));
	REFUSED(ERR_TOO_MANY, insula_space_create(SELF, SELF, 0, &back));
	EQUAL(back, HANDLE_NONE);
	WORKS(insula_space_create(SELF, SELF, SPACE_ESTATE | SLOT_STATE << 8, &back));
	WORKS(insula_destroy(back));

	WORKS(insula_cap_copy(payer, made, SELF, RIGHTS_SPACE, 0, &back));
	WORKS(insula_destroy(back));
	WORKS(make_one(payer, &made));
	REFUSED(ERR_TOO_MANY, insula_space_create(payer, payer, 0, &back));

	for (unsigned i = 0; i < used; i++)
		WORKS(insula_destroy(payers[i]));
	EQUAL(fund_paid(INIT_SPACE), paid);
	EQUAL(fund_spare(INIT_SPACE), spare);
	WORKS(insula_space_create(SELF, SELF, 0, &made));
	WORKS(insula_destroy(made));
}

static const struct test tests[] = {
	T(the_last_address_space_number_is_followed_by_none),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
