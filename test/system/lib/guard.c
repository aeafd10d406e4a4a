/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of workers, taken by the first thread.
 */
#include "guard.h"

#include "test.h"

handle_t guard;
static handle_t guard_send;

void
guard_begin(void)
{
	guard = endpoint_new();
	guard_send = badged(guard, RIGHT_SEND, GUARD_BADGE);
}

void
guard_end(void)
{
	(void)insula_destroy(guard);
}

struct worker *
victim_start_in(handle_t space, void (*run)(struct worker *self), uint64_t argument)
{
	struct worker *w = worker_new_in(space, run, argument, LOW, POLICY_FIFO);

	WORKS(insula_thread_configure(w->handle, THREAD_FAULT_ENDPOINT, guard_send, 0));
	WORKS(worker_go(w));
	return w;
}

struct worker *
victim_start(void (*run)(struct worker *self), uint64_t argument)
{
	return victim_start_in(SELF, run, argument);
}

bool
fault_wait(struct message *m)
{
	*m = (struct message){ 0 };
	return insula_recv(guard, in_us(1000000), m) == RECV_MESSAGE && m->label == LABEL_FAULT;
}

static err_t
answer(const struct message *m, uint64_t label)
{
	struct message a = { .label = label, .token = m->token };

	return insula_reply(guard, &a);
}

err_t
fault_repeat(const struct message *m)
{
	return answer(m, 0);
}

err_t
fault_stop(const struct message *m)
{
	return answer(m, 1);
}

err_t
fault_skip(const struct worker *w, const struct message *m)
{
	uint64_t pc[8] = { m->word[FAULT_WORD_PC] + 4 };

	WORKS(insula_thread_registers(w->handle, 32, 1, pc));
	return answer(m, 0);
}
