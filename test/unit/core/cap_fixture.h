/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of capability tables begin with: init's space, another one, and an
 * endpoint in init's table.
 */
#ifndef CAP_FIXTURE_H
#define CAP_FIXTURE_H

#include "fake/mm_fake.h"

#include <string.h>

static handle_t other, ep;

static inline int
boot(void **state)
{
	(void)state;
	mm_fake_boot();
	other = make_space(0, 0, 16);
	ep = make_endpoint_in(init_space);
	return 0;
}

static inline void
refused(
    call_handler *call, err_t expected, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	mm_note();
	assert_int_equal(SVC(call, a, b, c, d, e), expected);
	assert_true(mm_unchanged());
}

static inline handle_t
copy(handle_t handle, handle_t to, uint32_t rights, uint64_t badge)
{
	assert_int_equal(SVC(call_cap_copy, SELF, handle, to, rights, badge), OK);
	return (handle_t)svc_result[1];
}

static inline struct cap_slot *
slot_of(handle_t handle)
{
	struct cap_slot *slot;

	assert_int_equal(cap_find(init_space, handle, &slot), OK);
	return slot;
}

#endif
