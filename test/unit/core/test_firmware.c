/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The endpoint that the kernel answers itself.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

/* Word 0 goes in, or what is in it comes out; nothing waits. */
static void
firmware_passes_words_through_the_mailbox(void **state)
{
	(void)state;
	const struct thread *t = world_thread(0, 10, POLICY_FIFO);
	world_begin();
	assert_int_equal(
	    svc_message(CALL_call, H(3), TIME_NEVER, 0, 7, FIRMWARE_MAILBOX), ERR_CALL);
	fake.has_mailbox = true;
	assert_int_equal(
	    svc_message(CALL_call, H(3), TIME_NEVER, 0, 0, FIRMWARE_MAILBOX), ERR_BUSY);
	assert_int_equal(svc_message(CALL_call, H(3), TIME_NEVER, 0, 0x1238, FIRMWARE_MAILBOX), OK);
	assert_int_equal(
	    svc_message(CALL_call, H(3), TIME_NEVER, 0, 0x1238, FIRMWARE_MAILBOX), ERR_BUSY);
	assert_int_equal(svc_message(CALL_call, H(3), TIME_NEVER, 0, 0, FIRMWARE_MAILBOX), OK);
	assert_int_equal(t->regs.x[3], 0x80001238);
}

static void
firmware_does_what_it_is_told_and_refuses_the_rest(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_begin();
	assert_int_equal(svc_message(CALL_call, H(3), TIME_NEVER, 0, 0, 77), ERR_CALL);
	svc_message(CALL_call, H(3), TIME_NEVER, 0, 0x0a6968, FIRMWARE_DEBUG_WRITE);
	assert_string_equal(fake.console, "hi\n");
	if (FAKE_ENDS() == 0)
		svc_message(CALL_call, H(3), TIME_NEVER, 0, 42, FIRMWARE_POWER_OFF);
	assert_true(fake.off);
	assert_int_equal(fake.off_status, 42);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(firmware_passes_words_through_the_mailbox),
		BOTH(firmware_does_what_it_is_told_and_refuses_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
