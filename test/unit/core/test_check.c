/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants of threads, endpoints and ready queues: each, when it is broken, is
 * noticed under its number.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

/* t[0], priority 20, runs, and t[4] is ready; t[1] receives at ep[0]; t[2] and t[3] call at ep[1]. */
static void
arrange(void)
{
	static const uint32_t priorities[] = { 20, 30, 26, 25, 10 };

	(void)world_general_path(NULL);
	for (int n = 0; n < 5; n++)
		world_thread(n, priorities[n], POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	svc_message(CALL_call, EP(1), TIME_NEVER, 0, 1, 1);
	svc_message(CALL_call, EP(1), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), &world.t[0]);
	world_check();
}

static void
two_run(void)
{
	thread_set_state(&world.t[4], THREAD_RUNNING);
	ready_remove(&fake_cpu, &world.t[4]);
}

static void
highest_is_wrong(void)
{
	fake_cpu.highest_ready = 11;
}

static void
ready_is_not(void)
{
	thread_set_state(&world.t[4], THREAD_STOPPED);
}

static void
caller_is_lost(void)
{
	world.ep[1].head = NULL;
}

static void
receiver_is_lost(void)
{
	world.ep[0].receiver = NULL;
}

static void
timer_without_wait(void)
{
	world.t[0].sched |= SCHED_TIMED;
}

static void
serves_nobody(void)
{
	world.t[0].serving = &world.t[2];
}

static void
priority_is_wrong(void)
{
	world.t[0].sched++;
}

static void
words_disagree(void)
{
	world.t[0].sched_receive ^= SCHED_SLICED;
}

static void
queues_are_mixed(void)
{
	world.ep[1].receiver = &world.t[1];
	world.ep[0].receiver = NULL;
	world.t[1].blocked_on = &world.ep[1];
}

static void
order_is_wrong(void)
{
	world.t[3].queue_priority = 27;
}

static void
served_does_not_wait(void)
{
	world.ep[2].served = &world.t[0];
}

static void
bits_and_receiver(void)
{
	world.ep[0].pending = 1;
}

static void
group_is_torn(void)
{
	world.t[2].group = &world.t[3];
}

static void
dying_receives(void)
{
	world.ep[0].object.flags |= OBJECT_DYING;
}

static void
donee_of_another(void)
{
	world.t[0].donations = &world.ep[2];
}

static void
lent_by_nobody(void)
{
	world.ep[3].object.flags |= ENDPOINT_LENT;
}

static const struct {
	void (*breaks)(void);
	const char *number;
} broken[] = {
	{ two_run, "P1:" },
	{ highest_is_wrong, "P2:" },
	{ ready_is_not, "T1:" },
	{ caller_is_lost, "T2:" },
	{ receiver_is_lost, "T2:" },
	{ timer_without_wait, "T3:" },
	{ serves_nobody, "T5:" },
	{ priority_is_wrong, "T6:" },
	{ words_disagree, "T6:" },
	{ queues_are_mixed, "E1:" },
	{ order_is_wrong, "E2:" },
	{ served_does_not_wait, "E3:" },
	{ bits_and_receiver, "E4:" },
	{ group_is_torn, "E5:" },
	{ dying_receives, "E6:" },
	{ donee_of_another, "E7:" },
	{ lent_by_nobody, "E8:" },
};

static void
each_broken_invariant_is_noticed_under_its_number(void **state)
{
	static unsigned n; /* a panic comes back by longjmp */

	(void)state;
	for (n = 0; n < sizeof broken / sizeof broken[0]; n++) {
		arrange();
		broken[n].breaks();
		if (FAKE_ENDS() == 0) {
			world_check();
			fail_msg("%s: nobody notices", broken[n].number);
		}
		assert_memory_equal(fake.panic, broken[n].number, 3);
	}
}

/* What a call touched is checked after it; everything else after every 256th. */
static void
a_call_checks_its_caller_at_once(void **state)
{
	(void)state;
	arrange();
	words_disagree();
	if (FAKE_ENDS() == 0) {
		svc(CALL_thread_query, TH(4), 0, 0);
		fail_msg("the call was not checked");
	}
	assert_string_equal(fake.panic, "T6: the words of a thread disagree");
}

static void
other_words_disagree(void)
{
	world.t[4].sched_receive ^= SCHED_SLICED;
}

static void
receiver_words_disagree(void)
{
	world.t[1].sched_receive ^= SCHED_SLICED;
}

static void
head_words_disagree(void)
{
	world.t[2].sched_receive ^= SCHED_SLICED;
}

static const struct {
	const char *what;
	void (*breaks)(void);
	uint64_t number, x0, x1;
} touching[] = {
	{ "the thread", other_words_disagree, CALL_thread_query, TH(4), 0 },
	{ "the endpoint", dying_receives, CALL_endpoint_abort, EP(0), 0 },
	{ "the endpoint that is notified", order_is_wrong, CALL_notify, EP(1), 0 },
	{ "who receives there", receiver_words_disagree, CALL_notify, EP(0), 0 },
	{ "who calls there first", head_words_disagree, CALL_endpoint_abort, EP(1), 0 },
};

static void
a_call_checks_what_it_names_at_once_and_nothing_else(void **state)
{
	static unsigned n; /* a panic comes back by longjmp */

	(void)state;
	for (n = 0; n < sizeof touching / sizeof touching[0]; n++) {
		arrange();
		touching[n].breaks();
		svc(CALL_null, 0, 0, 0);
		if (FAKE_ENDS() == 0) {
			svc(touching[n].number, touching[n].x0, touching[n].x1, 0);
			fail_msg("%s was not checked", touching[n].what);
		}
	}
}

static void
a_queue_is_swept_within_256_calls(void **state)
{
	static unsigned calls;

	(void)state;
	arrange();
	fake_cpu.highest_ready = 9;
	calls = 0;
	if (FAKE_ENDS() == 0)
		for (; calls < 256; calls++)
			svc(CALL_thread_query, TH(1), 0, 0);
	assert_string_equal(fake.panic, "P2: highest_ready is not the highest level");
	assert_in_range(calls, 200, 255);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_broken_invariant_is_noticed_under_its_number),
		cmocka_unit_test(a_call_checks_its_caller_at_once),
		cmocka_unit_test(a_call_checks_what_it_names_at_once_and_nothing_else),
		cmocka_unit_test(a_queue_is_swept_within_256_calls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
