/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on threads, as docs/abi.md says them: what they do, every error
 * they can give, and that an error changes nothing. Statements S1 to S4.
 */
#include "calls.h"
#include "handles.h"
#include "pages.h"
#include "sporadic.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#define KERNEL_ADDRESS 0xffffff8000000000ull

static handle_t ep;
static volatile uint64_t counter; /* what `count` has counted */

static void
count(struct worker *self)
{
	(void)self;
	for (;;)
		counter++;
}

static void
finish(struct worker *self)
{
	self->result = self->argument;
}

static void
receive_at_ep(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv(ep, TIME_NEVER, &m);
	tell('r');
}

static void
call_ep(struct worker *self)
{
	struct message m = { .label = 5, .word = { self->argument } };

	self->result = (uint64_t)(int64_t)insula_call(ep, TIME_NEVER, &m);
	self->argument = m.word[0];
	tell('c');
}

static void
begin_test(void)
{
	ep = endpoint_new();
	story_begin();
	world_begin();
}

static void
end_test(void)
{
	(void)insula_destroy(ep);
}

static void
a_thread_runs_from_its_start_with_what_it_was_given(void)
{
	begin_test();
	struct worker *w = worker_new_in(SELF, finish, 42, HIGH, POLICY_FIFO);

	EQUAL(worker_state(w), THREAD_INACTIVE);
	WORKS(worker_go(w));
	CHECK(w->ended);
	EQUAL(w->result, 42);
	EQUAL(worker_state(w), THREAD_RECEIVE);
	worker_end(w);
	end_test();
}

static void
S3_a_thread_inherits_its_creators_priority_and_policy(void)
{
	handle_t t = HANDLE_NONE;
	struct thread_info mine = { 0 }, its = { 0 };

	begin_test();
	WORKS(insula_thread_query(INIT_THREAD, &mine));
	WORKS(insula_thread_create(SELF, SELF, 0, POLICY_INHERIT, &t));
	WORKS(insula_thread_query(t, &its));
	EQUAL(its.state >> 16 & 0xff, MAIN);
	EQUAL(its.state >> 8 & 0xff, MAIN);
	EQUAL(its.state >> 24 & 0xff, mine.state >> 24 & 0xff);
	WORKS(insula_destroy(t));

	WORKS(insula_thread_configure(INIT_THREAD, THREAD_POLICY, POLICY_RR, 0));
	WORKS(insula_thread_create(SELF, SELF, 0, POLICY_INHERIT, &t));
	WORKS(insula_thread_query(t, &its));
	EQUAL(its.state >> 24 & 0xff, POLICY_RR);
	WORKS(insula_destroy(t));
	WORKS(insula_thread_create(SELF, SELF, 0, POLICY_FIFO, &t));
	WORKS(insula_thread_query(t, &its));
	EQUAL(its.state >> 24 & 0xff, POLICY_FIFO);
	WORKS(insula_destroy(t));
	WORKS(insula_thread_configure(INIT_THREAD, THREAD_POLICY, POLICY_FIFO, 0));
	end_test();
}

static void
thread_create_takes_the_priority_and_policy_it_is_given(void)
{
	handle_t t = HANDLE_NONE;
	struct thread_info its = { 0 };

	begin_test();
	WORKS(insula_thread_create(SELF, SELF, 17, POLICY_RR, &t));
	WORKS(insula_thread_query(t, &its));
	EQUAL(its.state, (THREAD_INACTIVE | 17 << 8 | 17 << 16 | POLICY_RR << 24));
	EQUAL(its.cpu_ns, 0);
	EQUAL(its.blocked_on, 0);
	EQUAL(its.deadline_ns, TIME_NEVER);
	struct cap_info cap = { 0 };
	WORKS(insula_cap_query(SELF, t, &cap));
	EQUAL(cap.type, CAP_THREAD);
	EQUAL(cap.rights, RIGHTS_THREAD);
	EQUAL(cap.identity, its.identity);
	WORKS(insula_destroy(t));
	end_test();
}

static void
thread_create_is_refused(void)
{
	handle_t t = HANDLE_NONE, space = HANDLE_NONE, estate = HANDLE_NONE;

	begin_test();
	WORKS(insula_space_create(SELF, SELF, 0, &space));
	WORKS(insula_space_create(SELF, SELF, SPACE_ESTATE | SLOT_STATE << 8, &estate));
	fund_pages(estate, 4);
	world_watch_space(space);
	world_watch_space(estate);
	REFUSED(ERR_POLICY, insula_thread_create(SELF, SELF, 10, 4, &t));
	REFUSED(ERR_POLICY, insula_thread_create(SELF, SELF, 10, 200, &t));
	REFUSED(ERR_POLICY, insula_thread_create(SELF, SELF, 10, POLICY_SPORADIC, &t));
	REFUSED(ERR_STATE, insula_thread_create(estate, SELF, 10, 0, &t));
	REFUSED(ERR_NO_FUND, insula_thread_create(space, SELF, 10, 0, &t));
	REFUSED(
	    ERR_NO_FUND, insula_thread_create(SELF, space, 10, 0, &t)); /* nothing for its table */
	EQUAL(t, HANDLE_NONE);
	WORKS(insula_destroy(space));
	WORKS(insula_destroy(estate));
	end_test();
}

/* Below a limit, higher than main for the moment: tries what it must not. */
static void
go_over_the_limit(struct worker *self)
{
	handle_t t = HANDLE_NONE;

	REFUSED(ERR_LIMIT, insula_thread_create(SELF, SELF, 64, 0, &t));
	REFUSED(ERR_LIMIT, insula_thread_configure(self->handle, THREAD_PRIORITY, 64, 0));
	REFUSED(ERR_LIMIT, insula_thread_configure(self->handle, THREAD_LIMIT, 64, 0));
	WORKS(insula_thread_create(SELF, SELF, 63, 0, &t));
	WORKS(insula_thread_configure(self->handle, THREAD_PRIORITY, 63, 0));
	REFUSED(ERR_LIMIT, insula_thread_configure(t, THREAD_PRIORITY, 64, 0));
	WORKS(insula_destroy(t));
}

static void
S2_a_thread_cannot_pass_its_limit(void)
{
	begin_test();
	struct worker *w = worker_new_in(SELF, go_over_the_limit, 0, LOW, POLICY_FIFO);

	WORKS(insula_thread_configure(w->handle, THREAD_LIMIT, PRIORITY_UNPRIVILEGED_MAX, 0));
	EQUAL(thread_effective(w->handle), PRIORITY_UNPRIVILEGED_MAX);
	world_watch_thread(w->handle);
	REFUSED(ERR_LIMIT, insula_thread_configure(w->handle, THREAD_PRIORITY, 64, 0));
	WORKS(worker_go(w));
	let_run();
	CHECK(w->ended);
	worker_end(w);
	end_test();
}

static void
S4_setting_the_priority_changes_the_real_one(void)
{
	begin_test();
	struct worker *w = worker_new_in(SELF, finish, 0, LOW, POLICY_FIFO);

	WORKS(insula_thread_configure(w->handle, THREAD_PRIORITY, 33, 0));
	EQUAL(thread_real(w->handle), 33);
	EQUAL(thread_effective(w->handle), 33);
	worker_end(w);
	end_test();
}

static void
thread_configure_is_refused(void)
{
	begin_test();
	struct worker *w = worker_new_in(SELF, finish, 0, LOW, POLICY_FIFO);
	const handle_t t = w->handle;

	world_watch_thread(t);
	REFUSED(ERR_PRIORITY, insula_thread_configure(t, THREAD_PRIORITY, 0, 0)); /* S1 */
	REFUSED(ERR_PRIORITY, insula_thread_configure(t, THREAD_PRIORITY, 256, 0));
	REFUSED(ERR_PRIORITY, insula_thread_configure(t, THREAD_PRIORITY, ~0ull, 0));
	REFUSED(ERR_POLICY, insula_thread_configure(t, THREAD_POLICY, 4, 0));
	REFUSED(ERR_PRIORITY, insula_thread_configure(t, THREAD_LIMIT, 0, 0));
	REFUSED(ERR_PRIORITY, insula_thread_configure(t, THREAD_LIMIT, 256, 0));
	REFUSED(ERR_ARGUMENT, insula_thread_configure(t, (enum thread_item)6, 1, 0));
	REFUSED(ERR_ARGUMENT, insula_thread_configure(t, (enum thread_item)0x7fffffff, 1, 0));
	REFUSED(ERR_ARGUMENT, insula_thread_configure(t, THREAD_UPCALL, KERNEL_ADDRESS, 0));
	REFUSED(
	    ERR_ARGUMENT, insula_thread_configure(t, THREAD_UPCALL, IMAGE_BASE, KERNEL_ADDRESS));
	REFUSED(ERR_ALIGNMENT, insula_thread_configure(t, THREAD_UPCALL, IMAGE_BASE + 2, 0));
	REFUSED(ERR_ALIGNMENT, insula_thread_configure(t, THREAD_UPCALL, IMAGE_BASE, 8));
	REFUSED(ERR_HANDLE, insula_thread_configure(t, THREAD_FAULT_ENDPOINT, 0x7ffff123, 0));
	REFUSED(ERR_TYPE, insula_thread_configure(t, THREAD_FAULT_ENDPOINT, INIT_THREAD, 0));
	const handle_t weak = badged(ep, RIGHT_RECV | RIGHT_NOTIFY, 0);
	REFUSED(ERR_RIGHTS, insula_thread_configure(t, THREAD_FAULT_ENDPOINT, weak, 0));
	WORKS(insula_thread_configure(t, THREAD_FAULT_ENDPOINT, ep, 0));
	WORKS(insula_thread_configure(t, THREAD_FAULT_ENDPOINT, 0, 0));
	worker_end(w);
	end_test();
}

static void
thread_start_is_refused(void)
{
	begin_test();
	struct worker *w = worker_new_in(SELF, receive_at_ep, 0, HIGH, POLICY_FIFO);
	const handle_t t = w->handle;
	const uint64_t pc = IMAGE_BASE, sp = (uintptr_t)w->stack_top;

	world_watch_thread(t);
	REFUSED(ERR_ARGUMENT, insula_thread_start(t, KERNEL_ADDRESS, sp, 0, 0));
	REFUSED(ERR_ARGUMENT, insula_thread_start(t, USER_END, sp, 0, 0));
	REFUSED(ERR_ARGUMENT, insula_thread_start(t, pc, KERNEL_ADDRESS, 0, 0));
	REFUSED(ERR_ALIGNMENT, insula_thread_start(t, pc + 2, sp, 0, 0));
	REFUSED(ERR_ALIGNMENT, insula_thread_start(t, pc, sp - 8, 0, 0));
	WORKS(worker_go(w));
	EQUAL(worker_state(w), THREAD_RECEIVE);
	REFUSED(ERR_STATE, insula_thread_start(t, pc, sp, 0, 0));
	REFUSED(ERR_STATE, insula_thread_start(INIT_THREAD, pc, sp, 0, 0));
	worker_end(w);
	end_test();
}

static void
a_stopped_thread_does_not_run_until_it_is_resumed(void)
{
	begin_test();
	struct worker *w = worker_start(count, 0, LOW, POLICY_FIFO);

	sleep_us(20000);
	CHECK(counter > 0);
	EQUAL(worker_state(w), THREAD_READY);
	WORKS(insula_thread_stop(w->handle));
	EQUAL(worker_state(w), THREAD_STOPPED);
	const uint64_t at = counter;
	sleep_us(20000);
	EQUAL(counter, at);
	world_watch_thread(w->handle);
	REFUSED(ERR_STATE, insula_thread_stop(w->handle));
	WORKS(insula_thread_resume(w->handle));
	REFUSED(ERR_STATE, insula_thread_resume(w->handle));
	sleep_us(20000);
	CHECK(counter > at);
	worker_end(w);
	end_test();
}

static void
stop_and_resume_of_a_new_thread_are_refused(void)
{
	begin_test();
	struct worker *w = worker_new_in(SELF, finish, 0, LOW, POLICY_FIFO);

	world_watch_thread(w->handle);
	REFUSED(ERR_STATE, insula_thread_stop(w->handle));
	REFUSED(ERR_STATE, insula_thread_resume(w->handle));
	worker_end(w);
	end_test();
}

static void
a_stopped_thread_can_be_started_anew(void)
{
	begin_test();
	struct worker *w = worker_start(count, 0, LOW, POLICY_FIFO);

	sleep_us(20000);
	WORKS(insula_thread_stop(w->handle));
	w->run = finish;
	w->argument = 7;
	WORKS(worker_go(w));
	let_run();
	CHECK(w->ended);
	EQUAL(w->result, 7);
	worker_end(w);
	end_test();
}

static void
a_receiver_that_is_stopped_is_rewound_and_receives_when_it_goes_on(void)
{
	begin_test();
	struct worker *w = worker_start(receive_at_ep, 0, HIGH, POLICY_FIFO);
	struct thread_info blocked = { 0 }, stopped = { 0 };

	WORKS(insula_thread_query(w->handle, &blocked));
	WORKS(insula_thread_stop(w->handle));
	WORKS(insula_thread_query(w->handle, &stopped));
	EQUAL(stopped.state & 0xff, THREAD_STOPPED);
	EQUAL(stopped.pc, blocked.pc - 4);
	/* It waits nowhere: bits stay. */
	WORKS(insula_notify(ep));
	SAME_TEXT(story, "");
	WORKS(insula_thread_resume(w->handle));
	SAME_TEXT(story, "r");
	EQUAL(w->result, RECV_BITS);
	worker_end(w);
	end_test();
}

static void
a_caller_that_is_stopped_before_it_was_received_sends_again(void)
{
	begin_test();
	struct worker *w = worker_start(call_ep, 9, HIGH, POLICY_FIFO);
	struct message m = { 0 };

	EQUAL(worker_state(w), THREAD_SEND);
	WORKS(insula_thread_stop(w->handle));
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv(ep, TIME_NOW, &m));
	WORKS(insula_thread_resume(w->handle));
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	EQUAL(m.word[0], 9);
	EQUAL(m.label, 5);
	m.word[0] = 10;
	WORKS(insula_reply(ep, &m));
	EQUAL(w->result, OK);
	EQUAL(w->argument, 10);
	worker_end(w);
	end_test();
}

static void
a_caller_that_is_stopped_before_its_answer_keeps_it(void)
{
	begin_test();
	struct worker *w = worker_start(call_ep, 9, HIGH, POLICY_FIFO);
	struct message m = { 0 };

	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	WORKS(insula_thread_stop(w->handle));
	m.word[0] = 11;
	WORKS(insula_reply(ep, &m));
	CHECK(!w->ended);
	EQUAL(worker_state(w), THREAD_STOPPED);
	WORKS(insula_thread_resume(w->handle));
	CHECK(w->ended);
	EQUAL(w->result, OK);
	EQUAL(w->argument, 11);
	worker_end(w);
	end_test();
}

static void
a_caller_that_is_stopped_and_resumed_waits_on_for_its_answer(void)
{
	begin_test();
	struct worker *w = worker_start(call_ep, 9, HIGH, POLICY_FIFO);
	struct message m = { 0 };

	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	WORKS(insula_thread_stop(w->handle));
	WORKS(insula_thread_resume(w->handle));
	EQUAL(worker_state(w), THREAD_REPLY);
	m.word[0] = 12;
	WORKS(insula_reply(ep, &m));
	EQUAL(w->argument, 12);
	worker_end(w);
	end_test();
}

static void
stop_itself(struct worker *self)
{
	tell('a');
	self->result = (uint64_t)(int64_t)insula_thread_stop(self->handle);
	tell('b');
}

static void
a_thread_can_stop_itself(void)
{
	begin_test();
	struct worker *w = worker_start(stop_itself, 0, HIGH, POLICY_FIFO);

	SAME_TEXT(story, "a");
	EQUAL(worker_state(w), THREAD_STOPPED);
	WORKS(insula_thread_resume(w->handle));
	SAME_TEXT(story, "ab");
	EQUAL(w->result, OK);
	worker_end(w);
	end_test();
}

static void
registers_of_a_stopped_thread_are_read_and_set(void)
{
	begin_test();
	struct worker *w = worker_new_in(SELF, finish, 0, LOW, POLICY_FIFO);
	uint64_t value[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const handle_t t = w->handle;

	WORKS(worker_go(w));
	WORKS(insula_thread_stop(t)); /* it has not run yet */
	WORKS(insula_thread_registers(t, 8, 0xff, value));
	uint64_t got[8] = { 0 };
	WORKS(insula_thread_registers(t, 8, 0, got));
	for (uint64_t i = 0; i < 8; i++)
		EQUAL(got[i], i + 1);
	/* x0 is what it was started with; x1 to x7 are zero. */
	WORKS(insula_thread_registers(t, 0, 0, got));
	EQUAL(got[0], (uintptr_t)w);
	for (unsigned i = 1; i < 8; i++)
		EQUAL(got[i], 0);
	/* A mask sets only what it names. */
	uint64_t some[8] = { 100, 101, 102, 103, 104, 105, 106, 107 };
	WORKS(insula_thread_registers(t, 8, 0x22, some));
	EQUAL(some[0], 1);
	EQUAL(some[1], 101);
	EQUAL(some[5], 105);
	EQUAL(some[7], 8);
	/* sp, pc, pstate, tpidr; behind the last one there is nothing. */
	WORKS(insula_thread_registers(t, 31, 0, got));
	EQUAL(got[0], (uintptr_t)w->stack_top);
	EQUAL(got[2] & 0xfffffff, 0);
	EQUAL(got[3], (uintptr_t)w);
	EQUAL(got[4], 0);
	/* Of pstate only the condition flags. */
	uint64_t flags[8] = { ~0ull };
	WORKS(insula_thread_registers(t, 33, 1, flags));
	EQUAL(flags[0], 0xf0000000);
	WORKS(insula_thread_registers(t, 33, 0, flags));
	EQUAL(flags[0], 0xf0000000);
	worker_end(w);
	end_test();
}

static void
thread_registers_is_refused(void)
{
	begin_test();
	uint64_t value[8] = { 0 };
	struct worker *w = worker_start(receive_at_ep, 0, HIGH, POLICY_FIFO);
	const handle_t t = w->handle;

	world_watch_thread(t);
	REFUSED(ERR_STATE, insula_thread_registers(t, 0, 0, value));
	REFUSED(ERR_STATE, insula_thread_registers(INIT_THREAD, 0, 0, value));
	WORKS(insula_thread_stop(t));
	REFUSED(ERR_ARGUMENT, insula_thread_registers(t, 35, 0, value));
	REFUSED(ERR_ARGUMENT, insula_thread_registers(t, ~0u, 0, value));
	REFUSED(ERR_ARGUMENT, insula_thread_registers(t, 0, 0x100, value));
	REFUSED(ERR_ARGUMENT, insula_thread_registers(t, 33, 4, value));
	WORKS(insula_thread_registers(t, 33, 0, value));
	worker_end(w);
	end_test();
}

static void
thread_query_tells_time_used_and_deadline(void)
{
	begin_test();
	struct worker *w = worker_start(count, 0, LOW, POLICY_FIFO);
	struct thread_info info = { 0 };

	const uint64_t begun = now_ns();
	sleep_us(20000);
	WORKS(insula_thread_query(w->handle, &info));
	CHECK(info.cpu_ns > 10000000);
	CHECK(info.cpu_ns < now_ns() - begun);
	worker_end(w);
	end_test();
}

static volatile uint64_t deadline;

static void
wait_until_deadline(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv(ep, deadline, &m);
}

static void
thread_query_tells_what_it_waits_for(void)
{
	begin_test();
	deadline = in_us(5000);
	struct worker *w = worker_start(wait_until_deadline, 0, HIGH, POLICY_FIFO);
	struct thread_info info = { 0 };
	struct cap_info cap = { 0 };

	WORKS(insula_thread_query(w->handle, &info));
	WORKS(insula_cap_query(SELF, ep, &cap));
	EQUAL(info.state & 0xff, THREAD_RECEIVE);
	EQUAL(info.deadline_ns, deadline);
	EQUAL(info.blocked_on, cap.identity);
	worker_end(w);
	end_test();
}

static void
identities_are_never_reused(void)
{
	uint64_t last = 0;

	begin_test();
	for (int i = 0; i < 20; i++) {
		handle_t t = HANDLE_NONE;
		struct thread_info info = { 0 };
		WORKS(insula_thread_create(SELF, SELF, LOW, 0, &t));
		WORKS(insula_thread_query(t, &info));
		CHECK(info.identity > last);
		last = info.identity;
		WORKS(insula_destroy(t));
	}
	end_test();
}

static void
upcall_return_outside_a_handler_is_refused(void)
{
	uint64_t x[19] = { 0 };

	begin_test();
	REFUSED(ERR_STATE, (raw_call(CALL_upcall_return, x), (int64_t)x[0]));
	end_test();
}

static void
wrong_handles_are_refused(void)
{
	static const struct handle_case cases[] = {
		{ "thread_create space", CALL_thread_create, 0, RIGHT_CREATE, { 0, SELF, 10 } },
		{ "thread_create table", CALL_thread_create, 1, RIGHT_TABLE, { SELF, 0, 10 } },
		{ "configure priority", CALL_thread_configure, 0, RIGHT_SCHED,
		    { 0, THREAD_PRIORITY, 20 } },
		{ "configure policy", CALL_thread_configure, 0, RIGHT_SCHED,
		    { 0, THREAD_POLICY, POLICY_RR } },
		{ "configure limit", CALL_thread_configure, 0, RIGHT_SCHED,
		    { 0, THREAD_LIMIT, 20 } },
		{ "configure fault endpoint", CALL_thread_configure, 0, RIGHT_CONTROL,
		    { 0, THREAD_FAULT_ENDPOINT, 0 } },
		{ "configure upcall", CALL_thread_configure, 0, RIGHT_CONTROL,
		    { 0, THREAD_UPCALL, IMAGE_BASE, IMAGE_BASE } },
		{ "start", CALL_thread_start, 0, RIGHT_CONTROL, { 0, IMAGE_BASE, IMAGE_BASE } },
		{ "stop", CALL_thread_stop, 0, RIGHT_CONTROL, { 0 } },
		{ "resume", CALL_thread_resume, 0, RIGHT_CONTROL, { 0 } },
		{ "registers", CALL_thread_registers, 0, RIGHT_CONTROL, { 0 } },
		{ "query", CALL_thread_query, 0, RIGHT_TH_QUERY, { 0 } },
		{ "destroy", CALL_destroy, 0, RIGHT_TH_OWN, { 0 } },
	};

	handles_check(cases, sizeof cases / sizeof cases[0] - 1);
	/* destroy takes every type, so that only the right can be wrong. */
	handle_t t = HANDLE_NONE;
	WORKS(insula_thread_create(SELF, SELF, LOW, 0, &t));
	const handle_t weak = badged(t, RIGHTS_THREAD & ~RIGHT_TH_OWN, 0);
	world_begin();
	REFUSED(ERR_RIGHTS, insula_destroy(weak));
	REFUSED(ERR_HANDLE, insula_destroy(HANDLE_NONE));
	WORKS(insula_destroy(t));
	REFUSED(ERR_HANDLE, insula_destroy(weak));
}

static const struct test tests[] = {
	T(a_thread_runs_from_its_start_with_what_it_was_given),
	T(S3_a_thread_inherits_its_creators_priority_and_policy),
	T(thread_create_takes_the_priority_and_policy_it_is_given),
	T(thread_create_is_refused),
	T(S2_a_thread_cannot_pass_its_limit),
	T(S4_setting_the_priority_changes_the_real_one),
	T(S3_a_sporadic_threads_child_is_not_below_its_low_priority),
	T(S17_parameters_need_memory_of_the_threads_space),
	T(thread_configure_is_refused),
	T(thread_start_is_refused),
	T(a_stopped_thread_does_not_run_until_it_is_resumed),
	T(stop_and_resume_of_a_new_thread_are_refused),
	T(a_stopped_thread_can_be_started_anew),
	T(a_receiver_that_is_stopped_is_rewound_and_receives_when_it_goes_on),
	T(a_caller_that_is_stopped_before_it_was_received_sends_again),
	T(a_caller_that_is_stopped_before_its_answer_keeps_it),
	T(a_caller_that_is_stopped_and_resumed_waits_on_for_its_answer),
	T(a_thread_can_stop_itself),
	T(registers_of_a_stopped_thread_are_read_and_set),
	T(thread_registers_is_refused),
	T(thread_query_tells_time_used_and_deadline),
	T(thread_query_tells_what_it_waits_for),
	T(identities_are_never_reused),
	T(upcall_return_outside_a_handler_is_refused),
	T(wrong_handles_are_refused),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
