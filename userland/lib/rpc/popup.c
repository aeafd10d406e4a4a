/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pop-up calls: a thread and a stack for each, gone after it (R6). The call is
 * parked before its thread starts, so its mark is the parking place's: a crash
 * leaves it parked, and it runs again, or is answered, like every parked call.
 *
 * Handlers of different calls run side by side; the server's lock covers what
 * they share, rings and answers. A service that has state takes the lock for
 * the whole handler: bytes can be put back from one log only in the order in which
 * they were changed, so two open transactions could not be undone apart.
 */
#include "serve.h"

#include <insula/clock.h>
#include <insula/thread.h>

#include <stdlib.h>

#define POPUP_POLL_NS 50000u

static struct lock popup_lock;
static _Atomic uint32_t popups;
bool rpc_popup_used;

struct popup {
	struct rpc_connection *c;
	struct ring_parked *parked;
	uint64_t *in, *out; /* this call's own */
	uint64_t words[];
};

void
rpc_popup_acquire(void)
{
	lock_acquire(&popup_lock);
}

void
rpc_popup_release(void)
{
	lock_release(&popup_lock);
}

void
rpc_popup_prepare(const struct rpc_service *service)
{
	for (uint32_t n = 0; n < service->interface->methods; n++)
		rpc_popup_used = rpc_popup_used ||
		    (service->interface->method[n].flags & RPC_POPUP) != 0;
}

static void
run(void *argument)
{
	struct popup *p = argument;
	rpc_execute_popup(p->c, p->parked, p->in, p->out);
	atomic_fetch_sub(&p->c->popups, 1);
	free(p);
	atomic_fetch_sub(&popups, 1);
}

err_t
rpc_popup(struct rpc_connection *c, struct ring_parked *parked)
{
	const struct rpc_interface *i = c->service->interface;
	struct thread *thread;
	struct popup *p = malloc(sizeof *p + i->in_bytes + i->out_bytes);
	if (p == NULL)
		return ERR_NO_MEMORY;
	p->c = c;
	p->parked = parked;
	p->in = p->words;
	p->out = p->words + i->in_bytes / 8;
	atomic_fetch_add(&popups, 1);
	atomic_fetch_add(&c->popups, 1);
	err_t err = thread_spawn(run, p, 0, &thread);
	if (err != OK) {
		atomic_fetch_sub(&c->popups, 1);
		atomic_fetch_sub(&popups, 1);
		free(p);
		return err;
	}
	thread_detach(thread);
	return OK;
}

void
rpc_popup_wait(void)
{
	while (atomic_load(&popups) != 0) {
		err_t err = clock_sleep_ns(POPUP_POLL_NS);
		(void)err;
	}
}
