/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads that most tests of messages begin with.
 */
#ifndef TEST_IPC_MESSAGES_H
#define TEST_IPC_MESSAGES_H

#include "fake/world_test.h"

static struct thread *client, *server;

/* t[1] waits at ep[0]; t[0], in the other space, is about to call it and runs. */
static inline void
server_waits(void)
{
	server = world_thread(1, 10, POLICY_FIFO);
	client = world_thread_apart(0, 10, POLICY_FIFO);
	fake_cpu.highest_ready = 10;
	world_begin();
	assert_ptr_equal(running(), server);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), client);
	/* One round by the general path makes the server the donee. */
	const bool fast = world_fast;
	world_fast = false;
	svc_message(CALL_call, BADGED(0), TIME_NEVER, 0, 1, 1);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);
	world_fast = fast;
	assert_ptr_equal(running(), client);
	fake.fast_exits = fake.slow_exits = 0;
}

#endif
