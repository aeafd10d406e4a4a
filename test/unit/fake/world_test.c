/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fixture of fake/world_test.h.
 */
#include "fake/world_test.h"

static int
begin(bool fast)
{
	world_reset();
	world_fast = fast;
	return 0;
}

int
world_fast_path(void **state)
{
	(void)state;
	return begin(true);
}

int
world_general_path(void **state)
{
	(void)state;
	return begin(false);
}

int
world_checked(void **state)
{
	(void)state;
	world_check();
	for (uint32_t n = 0; n < CAP_SLOTS_PER_PAGE; n++) {
		struct object *object = world.page[0][n].object;
		if (object != NULL && object->type == OBJECT_THREAD &&
		    thread_of(object)->kind == THREAD_KIND_INTERRUPT)
			interrupt_unbind(thread_of(object));
	}
	return 0;
}

void
world_refuses(int64_t want, uint64_t number, uint64_t x0, uint64_t x1, uint64_t x2)
{
	const struct thread *t = running();
	struct world_note note;

	world_note(&note);
	assert_int_equal(svc_message(number, x0, x1, x2, 500, 0), want);
	assert_ptr_equal(running(), t);
	assert_true(world_unchanged(&note));
}

struct thread *
world_serve(uint32_t p)
{
	struct thread *server = world_thread(0, 5, POLICY_FIFO);
	world_begin();
	svc(CALL_notify, EP(0), 0, 0);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	world_thread(1, p, POLICY_FIFO);
	world_begin();
	if (p > 5)
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	if (p <= 5)
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), server);
	return server;
}
