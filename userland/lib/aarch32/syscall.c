/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bodies of insula/syscall.h's functions for AArch32: those that a client
 * needs. Registers as insula/abi/call.h says of a narrow thread.
 */
#include <insula/syscall.h>

/* r0 to r12 of a call, and what is in them afterwards. */
struct narrow_call {
	uint32_t r[13];
};

/* svc #number, with all of them loaded and stored (lib/aarch32/svc.S); returns r0. */
int narrow_svc(unsigned number, struct narrow_call *call);

static uint32_t
narrow_label(uint64_t label)
{
	return (uint32_t)(label & NARROW_LABEL_MASK) |
	    (uint32_t)(label >> 32) << NARROW_FLAGS_SHIFT;
}

/* A call that carries a message both ways. */
static int
narrow_message(unsigned number, handle_t handle, uint64_t deadline_ns, struct message *m)
{
	struct narrow_call c = { { handle, (uint32_t)deadline_ns, (uint32_t)m->token } };
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		c.r[3 + i] = (uint32_t)m->word[i];
	c.r[11] = narrow_label(m->label);
	c.r[12] = (uint32_t)(deadline_ns >> 32);
	int status = narrow_svc(number, &c);
	if (status < 0)
		return status;
	m->badge = 0;
	m->token = c.r[2];
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		m->word[i] = c.r[3 + i];
	m->label = (c.r[11] & NARROW_LABEL_MASK) | (uint64_t)(c.r[11] >> NARROW_FLAGS_SHIFT) << 32;
	m->bits = c.r[12] | (uint64_t)c.r[1] << 32;
	return status;
}

/* One with arguments; results from r[1] on. */
#define NARROW_PLAIN(number, ...)                   \
	struct narrow_call c = { { __VA_ARGS__ } }; \
	const err_t status = (err_t)narrow_svc(number, &c)

err_t
insula_call(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	return (err_t)narrow_message(CALL_call, endpoint, deadline_ns, m);
}

int
insula_reply_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	return narrow_message(CALL_reply_recv, endpoint, deadline_ns, m);
}

int
insula_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	return narrow_message(CALL_recv, endpoint, deadline_ns, m);
}

err_t
insula_reply(handle_t endpoint, const struct message *m)
{
	struct message sent = *m;
	return (err_t)narrow_message(CALL_reply, endpoint, 0, &sent);
}

err_t
insula_notify(handle_t endpoint)
{
	NARROW_PLAIN(CALL_notify, endpoint);
	return status;
}

int
insula_notify_recv(handle_t endpoint, uint64_t deadline_ns, handle_t bell, struct message *m)
{
	m->token = bell;
	return narrow_message(CALL_notify_recv, endpoint, deadline_ns, m);
}

/* A register has no bit for LEND_KEEP. */
int
insula_recv_lend(handle_t endpoint, uint64_t deadline_ns, uint64_t thread, struct message *m)
{
	if (thread >> 32 != 0)
		return ERR_ARGUMENT;
	m->token = thread;
	return narrow_message(CALL_recv_lend, endpoint, deadline_ns, m);
}

err_t
insula_sleep(uint64_t deadline_ns)
{
	NARROW_PLAIN(CALL_sleep, 0, (uint32_t)deadline_ns, [12] = (uint32_t)(deadline_ns >> 32));
	return status;
}

void
insula_yield(void)
{
	NARROW_PLAIN(CALL_yield, 0);
	(void)status;
}

uint64_t
insula_null(void)
{
	NARROW_PLAIN(CALL_null, 0);
	(void)status;
	return c.r[1];
}

err_t
insula_endpoint_create(handle_t payer, handle_t table, handle_t *endpoint)
{
	NARROW_PLAIN(CALL_endpoint_create, payer, table);
	if (status == OK)
		*endpoint = c.r[1];
	return status;
}

err_t
insula_endpoint_abort(handle_t endpoint)
{
	NARROW_PLAIN(CALL_endpoint_abort, endpoint);
	return status;
}

/* A narrow thread's threads are narrow. */
err_t
insula_thread_create(
    handle_t space, handle_t table, unsigned priority, unsigned policy, handle_t *thread)
{
	NARROW_PLAIN(CALL_thread_create, space, table, priority | (policy | THREAD_NARROW) << 8);
	if (status == OK)
		*thread = c.r[1];
	return status;
}

err_t
insula_thread_configure(handle_t thread, enum thread_item item, uint64_t value, uint64_t second)
{
	NARROW_PLAIN(
	    CALL_thread_configure, thread, (uint32_t)item, (uint32_t)value, (uint32_t)second);
	return status;
}

err_t
insula_thread_start(handle_t thread, uint64_t pc, uint64_t sp, uint64_t argument, uint64_t tpidr)
{
	NARROW_PLAIN(CALL_thread_start, thread, (uint32_t)pc, (uint32_t)sp, (uint32_t)argument,
	    (uint32_t)tpidr);
	return status;
}

err_t
insula_thread_stop(handle_t thread)
{
	NARROW_PLAIN(CALL_thread_stop, thread);
	return status;
}

err_t
insula_thread_resume(handle_t thread)
{
	NARROW_PLAIN(CALL_thread_resume, thread);
	return status;
}

err_t
insula_destroy(handle_t object)
{
	NARROW_PLAIN(CALL_destroy, object);
	return status;
}

/* A badge above 2^32 is cut. */
err_t
insula_cap_copy(handle_t from_table, handle_t handle, handle_t to_table, uint64_t rights,
    uint64_t badge, handle_t *copy)
{
	NARROW_PLAIN(
	    CALL_cap_copy, from_table, handle, to_table, (uint32_t)rights, (uint32_t)badge);
	if (status == OK)
		*copy = c.r[1];
	return status;
}

err_t
insula_cap_delete(handle_t table, handle_t handle)
{
	NARROW_PLAIN(CALL_cap_delete, table, handle);
	return status;
}
