/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace: what is written for which event, and that nothing is while it is off.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "core/trace.h"
#include "fake/world_test.h"

#define PLACES 16u
#define ON_AND_OFF H(5) /* firmware, for FIRMWARE_TRACE alone */

static struct {
	_Alignas(4096) char header[TRACE_HEADER_BYTES];
	struct trace_record record[PLACES];
} ring;

static struct thread *low, *high;

static int
setup(void **state)
{
	(void)state;
	world_reset();
	world_fast = false;
	memset(&ring, 0, sizeof ring);
	trace_ring = (void *)&ring;
	trace_ring->mask = PLACES - 1;
	world_grant(0, 5, &firmware_endpoint.object, RIGHT_SEND, 1ull << FIRMWARE_TRACE);
	low = world_thread(0, 10, POLICY_FIFO);
	high = world_thread(1, 20, POLICY_FIFO);
	world_begin();
	return 0;
}

static int64_t
turn(uint64_t on)
{
	return svc_message(CALL_call, ON_AND_OFF, TIME_NEVER, 0, on, FIRMWARE_TRACE);
}

static enum trace_event
event_of(const struct trace_record *r)
{
	return (enum trace_event)(r->word >> TRACE_EVENT_SHIFT);
}

static enum thread_state
state_of(uint64_t word)
{
	return (enum thread_state)((word & SCHED_STATE_MASK) >> SCHED_STATE_SHIFT);
}

/* The one record of that event about that thread since the trace is on. */
static const struct trace_record *
only(enum trace_event event, const struct thread *t)
{
	const struct trace_record *found = NULL;

	assert_true(trace_ring->count <= PLACES);
	for (uint64_t n = 0; n < trace_ring->count; n++) {
		const struct trace_record *r = &ring.record[n];
		if (event_of(r) == event && r->thread == (uint32_t)t->object.identity) {
			assert_null(found);
			found = r;
		}
	}
	assert_non_null(found);
	return found;
}

static void
nothing_is_written_while_it_is_off(void **state)
{
	(void)state;
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	svc(CALL_notify, EP(0), 0, 0);
	assert_int_equal(trace_ring->count, 0);
	assert_int_equal(turn(1), OK);
	assert_int_equal(turn(0), OK);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_int_equal(trace_ring->count, 0);
}

static void
a_switch_tells_both_threads_and_how_the_first_one_stopped(void **state)
{
	(void)state;
	(void)turn(1);
	fake.now_ns = 5000000;
	svc(CALL_recv, EP(0), TIME_NEVER, 0);

	assert_ptr_equal(running(), low);
	const struct trace_record *r = only(TRACE_SWITCH, high);
	assert_int_equal(r->ticks, 5000000);
	assert_int_equal(r->other, low->object.identity);
	assert_int_equal(state_of(r->word), THREAD_RECEIVE);
	assert_int_equal(r->word & 0xff, 20);
	assert_int_equal(state_of(r->value), THREAD_RUNNING);
	assert_int_equal(r->value & 0xff, 10);
}

static void
a_notification_makes_ready_and_preempts(void **state)
{
	(void)state;
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	(void)turn(1);
	svc(CALL_notify, EP(0), 0, 0);

	assert_ptr_equal(running(), high);
	const struct trace_record *ready = only(TRACE_READY, high);
	assert_int_equal(ready->other, low->object.identity);
	assert_int_equal(state_of(only(TRACE_SWITCH, low)->word), THREAD_READY);
}

static void
a_wait_that_times_out_ends_with_its_status(void **state)
{
	(void)state;
	(void)turn(1);
	svc(CALL_recv, EP(0), fake.now_ns + 1000, 0);
	world_time(2000);

	assert_int_equal((int64_t)only(TRACE_END, high)->value, ERR_TIMED_OUT);
	assert_int_equal(only(TRACE_INTERRUPT, low)->value, TRACE_TIMER);
}

static void
a_boost_and_a_queued_call_that_is_received_are_told(void **state)
{
	(void)state;
	/* low received here once; high calls while it does something else. */
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	svc(CALL_recv, EP(0), TIME_NOW, 0);
	svc(CALL_notify, EP(1), 0, 0);
	world.ep[0].donee = NULL;
	endpoint_set_donee(&world.ep[0], low);
	(void)turn(1);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 0);

	assert_ptr_equal(running(), low);
	const struct trace_record *boost = only(TRACE_PRIORITY, low);
	assert_int_equal(boost->word & 0xff, 20);
	assert_int_equal(boost->value, 10);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_int_equal(only(TRACE_BLOCKED, high)->value, low->object.identity);
	assert_int_equal(state_of(only(TRACE_BLOCKED, high)->word), THREAD_REPLY);
}

static void
a_start_tells_the_badge_of_the_fault_endpoint_and_a_stop_is_told(void **state)
{
	(void)state;
	struct thread *t = &world.t[5];

	t->object.identity = 77;
	thread_init(t, &world.space[0], 5, POLICY_FIFO, 63);
	t->fault_endpoint.badge = 4711;
	(void)turn(1);
	svc(CALL_thread_start, TH(5), 0x1000, 0);
	svc(CALL_thread_stop, TH(5), 0, 0);

	assert_int_equal(only(TRACE_START, t)->value, 4711);
	assert_int_equal(state_of(only(TRACE_STOPPED, t)->word), THREAD_STOPPED);
}

static void
the_ring_keeps_the_last_records_and_counts_all(void **state)
{
	(void)state;
	(void)turn(1);
	for (uint64_t n = 0; n < PLACES + 3; n++)
		trace_event(TRACE_END, high, n);

	assert_int_equal(trace_ring->count, PLACES + 3);
	for (uint64_t n = 3; n < PLACES + 3; n++)
		assert_int_equal(ring.record[n & trace_ring->mask].value, n);
}

static void
a_badge_of_firmware_allows_its_labels_alone(void **state)
{
	(void)state;
	(void)turn(1);
	assert_int_equal(
	    svc_message(CALL_call, ON_AND_OFF, TIME_NEVER, 0, 0, FIRMWARE_POWER_OFF), ERR_RIGHTS);
	assert_int_equal(
	    svc_message(CALL_call, ON_AND_OFF, TIME_NEVER, 0, 0, 64 + FIRMWARE_TRACE), ERR_CALL);
	assert_false(fake.off);
	assert_ptr_equal(fake_cpu.trace, trace_ring);
	assert_int_equal(svc_message(CALL_call, H(3), TIME_NEVER, 0, 0, FIRMWARE_TRACE), OK);
	assert_null(fake_cpu.trace);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_checked)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_written_while_it_is_off),
		TEST(a_switch_tells_both_threads_and_how_the_first_one_stopped),
		TEST(a_notification_makes_ready_and_preempts),
		TEST(a_wait_that_times_out_ends_with_its_status),
		TEST(a_boost_and_a_queued_call_that_is_received_are_told),
		TEST(a_start_tells_the_badge_of_the_fault_endpoint_and_a_stop_is_told),
		TEST(the_ring_keeps_the_last_records_and_counts_all),
		TEST(a_badge_of_firmware_allows_its_labels_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
