/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bodies of insula/syscall.h's functions for AArch64: registers as
 * insula/abi/call.h says, x0 to x18 and the flags lost. Only that header
 * includes this one.
 */
#ifndef INSULA_ARCH_SYSCALL_AARCH64_H
#define INSULA_ARCH_SYSCALL_AARCH64_H

/* What every call may lose beyond its operands. */
#define SVC_CLOBBERS "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory"

/* Where a message arrives: only on success. */
#define SVC_ARRIVED(m, status)      \
	(status) = (int)r0;         \
	if ((status) >= 0) {        \
		(m)->badge = r1;    \
		(m)->token = r2;    \
		(m)->word[0] = r3;  \
		(m)->word[1] = r4;  \
		(m)->word[2] = r5;  \
		(m)->word[3] = r6;  \
		(m)->word[4] = r7;  \
		(m)->word[5] = r8;  \
		(m)->word[6] = r9;  \
		(m)->word[7] = r10; \
		(m)->label = r11;   \
		(m)->bits = r12;    \
	}

/* A call that carries a message both ways: x0 to x12 in and out. */
#define SVC_MESSAGE(number, handle, deadline, m, status)                                         \
	register uint64_t r0 __asm__("x0") = (handle);                                           \
	register uint64_t r1 __asm__("x1") = (deadline);                                         \
	register uint64_t r2 __asm__("x2") = (m)->token;                                         \
	register uint64_t r3 __asm__("x3") = (m)->word[0];                                       \
	register uint64_t r4 __asm__("x4") = (m)->word[1];                                       \
	register uint64_t r5 __asm__("x5") = (m)->word[2];                                       \
	register uint64_t r6 __asm__("x6") = (m)->word[3];                                       \
	register uint64_t r7 __asm__("x7") = (m)->word[4];                                       \
	register uint64_t r8 __asm__("x8") = (m)->word[5];                                       \
	register uint64_t r9 __asm__("x9") = (m)->word[6];                                       \
	register uint64_t r10 __asm__("x10") = (m)->word[7];                                     \
	register uint64_t r11 __asm__("x11") = (m)->label;                                       \
	register uint64_t r12 __asm__("x12");                                                    \
	__asm__ volatile("svc %[n]"                                                              \
			 : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), \
			 "+r"(r7), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11), "=r"(r12)           \
			 : [n] "i"(number)                                                       \
			 : SVC_CLOBBERS);                                                        \
	SVC_ARRIVED(m, status)

/* A call that only receives one: x0 to x2 and the label's flags in, x0 to x12 out. */
#define SVC_RECEIVE(number, handle, deadline, with, m, status)                                   \
	register uint64_t r0 __asm__("x0") = (handle);                                           \
	register uint64_t r1 __asm__("x1") = (deadline);                                         \
	register uint64_t r2 __asm__("x2") = (with);                                             \
	register uint64_t r3 __asm__("x3");                                                      \
	register uint64_t r4 __asm__("x4");                                                      \
	register uint64_t r5 __asm__("x5");                                                      \
	register uint64_t r6 __asm__("x6");                                                      \
	register uint64_t r7 __asm__("x7");                                                      \
	register uint64_t r8 __asm__("x8");                                                      \
	register uint64_t r9 __asm__("x9");                                                      \
	register uint64_t r10 __asm__("x10");                                                    \
	register uint64_t r11 __asm__("x11") = (m)->label;                                       \
	register uint64_t r12 __asm__("x12");                                                    \
	__asm__ volatile("svc %[n]"                                                              \
			 : "+r"(r0), "+r"(r1), "+r"(r2), "=r"(r3), "=r"(r4), "=r"(r5), "=r"(r6), \
			 "=r"(r7), "=r"(r8), "=r"(r9), "=r"(r10), "+r"(r11), "=r"(r12)           \
			 : [n] "i"(number)                                                       \
			 : SVC_CLOBBERS);                                                        \
	SVC_ARRIVED(m, status)

/* A call with up to five arguments in x0 to x4, and results in x1 to x7, in r1 to r7. */
#define SVC_PLAIN(number, a0, a1, a2, a3, a4)                                                \
	register uint64_t r0 __asm__("x0") = (a0);                                           \
	register uint64_t r1 __asm__("x1") = (a1);                                           \
	register uint64_t r2 __asm__("x2") = (a2);                                           \
	register uint64_t r3 __asm__("x3") = (a3);                                           \
	register uint64_t r4 __asm__("x4") = (a4);                                           \
	register uint64_t r5 __asm__("x5");                                                  \
	register uint64_t r6 __asm__("x6");                                                  \
	register uint64_t r7 __asm__("x7");                                                  \
	__asm__ volatile(                                                                    \
	    "svc %[n]"                                                                       \
	    : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "=r"(r5), "=r"(r6), "=r"(r7) \
	    : [n] "i"(number)                                                                \
	    : "x8", "x9", "x10", "x11", "x12", SVC_CLOBBERS);                                \
	const err_t status = (err_t)(int)r0

INSULA_STUB err_t
insula_call(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	int status;
	SVC_MESSAGE(CALL_call, endpoint, deadline_ns, m, status);
	return (err_t)status;
}

INSULA_STUB int
insula_reply_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	int status;
	SVC_MESSAGE(CALL_reply_recv, endpoint, deadline_ns, m, status);
	return status;
}

INSULA_STUB int
insula_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	int status;
	SVC_RECEIVE(CALL_recv, endpoint, deadline_ns, 0, m, status);
	return status;
}

INSULA_STUB int
insula_notify_recv(handle_t endpoint, uint64_t deadline_ns, handle_t bell, struct message *m)
{
	int status;
	SVC_RECEIVE(CALL_notify_recv, endpoint, deadline_ns, bell, m, status);
	return status;
}

INSULA_STUB err_t
insula_reply(handle_t endpoint, const struct message *m)
{
	struct message sent = *m;
	int status;
	SVC_MESSAGE(CALL_reply, endpoint, 0, &sent, status);
	return (err_t)status;
}

INSULA_STUB err_t
insula_notify(handle_t endpoint)
{
	SVC_PLAIN(CALL_notify, endpoint, 0, 0, 0, 0);
	return status;
}

INSULA_STUB int
insula_recv_lend(handle_t endpoint, uint64_t deadline_ns, uint64_t thread, struct message *m)
{
	int status;
	SVC_RECEIVE(CALL_recv_lend, endpoint, deadline_ns, thread, m, status);
	return status;
}

INSULA_STUB err_t
insula_sleep(uint64_t deadline_ns)
{
	SVC_PLAIN(CALL_sleep, 0, deadline_ns, 0, 0, 0);
	return status;
}

INSULA_STUB void
insula_yield(void)
{
	SVC_PLAIN(CALL_yield, 0, 0, 0, 0, 0);
	(void)status;
}

INSULA_STUB uint64_t
insula_null(void)
{
	SVC_PLAIN(CALL_null, 0, 0, 0, 0, 0);
	(void)status;
	return r1;
}

INSULA_STUB err_t
insula_endpoint_create_as(handle_t payer, handle_t table, unsigned flags, handle_t *endpoint)
{
	SVC_PLAIN(CALL_endpoint_create, payer, table, flags, 0, 0);
	if (status == OK)
		*endpoint = (handle_t)r1;
	return status;
}

INSULA_STUB err_t
insula_endpoint_create(handle_t payer, handle_t table, handle_t *endpoint)
{
	return insula_endpoint_create_as(payer, table, 0, endpoint);
}

INSULA_STUB err_t
insula_endpoint_abort(handle_t endpoint)
{
	SVC_PLAIN(CALL_endpoint_abort, endpoint, 0, 0, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_thread_create(
    handle_t space, handle_t table, unsigned priority, unsigned policy, handle_t *thread)
{
	SVC_PLAIN(CALL_thread_create, space, table, priority | (uint64_t)policy << 8, 0, 0);
	if (status == OK)
		*thread = (handle_t)r1;
	return status;
}

INSULA_STUB err_t
insula_thread_configure(handle_t thread, enum thread_item item, uint64_t value, uint64_t second)
{
	SVC_PLAIN(CALL_thread_configure, thread, item, value, second, 0);
	return status;
}

INSULA_STUB err_t
insula_thread_start(handle_t thread, uint64_t pc, uint64_t sp, uint64_t argument, uint64_t tpidr)
{
	SVC_PLAIN(CALL_thread_start, thread, pc, sp, argument, tpidr);
	return status;
}

INSULA_STUB err_t
insula_thread_stop(handle_t thread)
{
	SVC_PLAIN(CALL_thread_stop, thread, 0, 0, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_thread_resume(handle_t thread)
{
	SVC_PLAIN(CALL_thread_resume, thread, 0, 0, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_thread_interrupt(handle_t thread)
{
	SVC_PLAIN(CALL_thread_interrupt, thread, 0, 0, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_thread_registers(handle_t thread, unsigned first, unsigned set_mask, uint64_t value[8])
{
	struct message m = { .token = set_mask };
	for (unsigned i = 0; i < 8; i++)
		m.word[i] = value[i];
	int status;
	SVC_MESSAGE(CALL_thread_registers, thread, first, &m, status);
	if (status == OK)
		for (unsigned i = 0; i < 8; i++)
			value[i] = m.word[i];
	return (err_t)status;
}

INSULA_STUB err_t
insula_thread_query(handle_t thread, struct thread_info *info)
{
	SVC_PLAIN(CALL_thread_query, thread, 0, 0, 0, 0);
	if (status == OK)
		*info = (struct thread_info){ r1, r2, r3, r4, r5, r6, r7 };
	return status;
}

INSULA_STUB void
insula_upcall_return(void)
{
	SVC_PLAIN(CALL_upcall_return, 0, 0, 0, 0, 0);
	(void)status;
}

INSULA_STUB err_t
insula_space_create(handle_t payer, handle_t table, unsigned flags, handle_t *space)
{
	SVC_PLAIN(CALL_space_create, payer, table, flags, 0, 0);
	if (status == OK)
		*space = (handle_t)r1;
	return status;
}

INSULA_STUB err_t
insula_map(handle_t space, uint64_t address, uint64_t source, unsigned pages, unsigned prot)
{
	SVC_PLAIN(CALL_map, space, address, source, pages, prot);
	return status;
}

INSULA_STUB err_t
insula_unmap(handle_t space, uint64_t address, unsigned pages)
{
	SVC_PLAIN(CALL_unmap, space, address, pages, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_protect(handle_t space, uint64_t address, unsigned pages, unsigned prot)
{
	SVC_PLAIN(CALL_protect, space, address, pages, prot, 0);
	return status;
}

INSULA_STUB err_t
insula_fund(handle_t space, uint64_t home_address, unsigned pages)
{
	SVC_PLAIN(CALL_fund, space, home_address, pages, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_defund(handle_t space, uint64_t *home_address)
{
	SVC_PLAIN(CALL_defund, space, 0, 0, 0, 0);
	if (status == OK)
		*home_address = r1;
	return status;
}

INSULA_STUB err_t
insula_link(handle_t space, enum link_slot slot, handle_t estate)
{
	SVC_PLAIN(CALL_link, space, slot, estate, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_space_stop(handle_t space, unsigned stop)
{
	SVC_PLAIN(CALL_space_stop, space, stop, 0, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_space_query(handle_t space, enum space_item item, uint64_t argument, uint64_t result[7])
{
	SVC_PLAIN(CALL_space_query, space, item, argument, 0, 0);
	if (status == OK) {
		result[0] = r1;
		result[1] = r2;
		result[2] = r3;
		result[3] = r4;
		result[4] = r5;
		result[5] = r6;
		result[6] = r7;
	}
	return status;
}

INSULA_STUB err_t
insula_destroy(handle_t object)
{
	SVC_PLAIN(CALL_destroy, object, 0, 0, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_cap_copy(handle_t from_table, handle_t handle, handle_t to_table, uint64_t rights,
    uint64_t badge, handle_t *copy)
{
	SVC_PLAIN(CALL_cap_copy, from_table, handle, to_table, rights, badge);
	if (status == OK)
		*copy = (handle_t)r1;
	return status;
}

INSULA_STUB err_t
insula_cap_delete(handle_t table, handle_t handle)
{
	SVC_PLAIN(CALL_cap_delete, table, handle, 0, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_cap_revoke(handle_t handle, uint64_t badge)
{
	SVC_PLAIN(CALL_cap_revoke, handle, badge, 0, 0, 0);
	return status;
}

INSULA_STUB err_t
insula_cap_query(handle_t table, handle_t handle, struct cap_info *info)
{
	SVC_PLAIN(CALL_cap_query, table, handle, 0, 0, 0);
	if (status == OK)
		*info = (struct cap_info){ r1, r2, r3, r4, r5 };
	return status;
}

INSULA_STUB err_t
insula_cap_query_index(handle_t table, uint64_t index, struct cap_info *info)
{
	SVC_PLAIN(CALL_cap_query, table, index, 1, 0, 0);
	if (status == OK)
		*info = (struct cap_info){ r1, r2, r3, r4, r5 };
	return status;
}

INSULA_STUB err_t
insula_irq_bind(handle_t irq, handle_t payer, uint64_t line, handle_t endpoint, handle_t table,
    handle_t *thread)
{
	SVC_PLAIN(CALL_irq_bind, irq, payer, line, endpoint, table);
	if (status == OK)
		*thread = (handle_t)r1;
	return status;
}

#undef SVC_MESSAGE
#undef SVC_PLAIN
#undef SVC_CLOBBERS

#endif
