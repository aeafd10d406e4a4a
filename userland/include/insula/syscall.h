/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's calls as C functions, one for each line of CALL_LIST. What a
 * call needs and refuses is in insula/abi/call.h and docs/abi.md; here is only
 * how it is spelled. On the host (INSULA_HOST_TEST) they are ordinary
 * functions, for a test to define; in AArch32 too, and there are only those that a
 * client needs (lib/aarch32/syscall.c).
 *
 * Outputs are written on OK only. `recv`, `reply_recv` and `notify_recv` return RECV_* bits,
 * or a negative err_t; the others return an err_t.
 */
#ifndef INSULA_SYSCALL_H
#define INSULA_SYSCALL_H

#include <insula/abi/call.h>
#include <insula/abi/error.h>
#include <insula/abi/layout.h>
#include <insula/abi/types.h>
#include <stdint.h>

/* What travels in registers; `token` also carries MSG_ACK's handle. */
struct message {
	uint64_t label; /* and MSG_* flags */
	uint64_t badge;
	uint64_t token;
	uint64_t word[MESSAGE_WORDS];
	uint64_t bits;
};

struct cap_info {
	uint64_t type; /* enum cap_type */
	uint64_t rights;
	uint64_t badge;
	uint64_t handle;
	uint64_t identity;
};

#if defined INSULA_HOST_TEST || defined __arm__
#define INSULA_STUB extern
#else
#define INSULA_STUB static inline __attribute__((always_inline, unused))
#endif

/*
 * Messages. `m` is what is sent, and afterwards what came back. Who only receives sends
 * nothing but m->label: MSG_CAP_ACCEPT, or 0.
 */
INSULA_STUB err_t insula_call(handle_t endpoint, uint64_t deadline_ns, struct message *m);
INSULA_STUB int insula_reply_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m);
INSULA_STUB int insula_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m);
/* Notify `bell` (HANDLE_NONE: nobody), then receive; m->token is not looked at. */
INSULA_STUB int
insula_notify_recv(handle_t endpoint, uint64_t deadline_ns, handle_t bell, struct message *m);
INSULA_STUB err_t insula_reply(handle_t endpoint, const struct message *m);
INSULA_STUB err_t insula_notify(handle_t endpoint);
/* As recv; while it waits, `thread` (a handle, or with LEND_KEEP) inherits the caller's priority. m->token is not used. */
INSULA_STUB int
insula_recv_lend(handle_t endpoint, uint64_t deadline_ns, uint64_t thread, struct message *m);

INSULA_STUB void insula_yield(void);
/* OK at the deadline, or at once if it has passed. */
INSULA_STUB err_t insula_sleep(uint64_t deadline_ns);
INSULA_STUB uint64_t insula_null(void); /* ABI_VERSION */

INSULA_STUB err_t insula_endpoint_create(handle_t payer, handle_t table, handle_t *endpoint);
/* The same with ENDPOINT_* flags. */
INSULA_STUB err_t insula_endpoint_create_as(
    handle_t payer, handle_t table, unsigned flags, handle_t *endpoint);
INSULA_STUB err_t insula_endpoint_abort(handle_t endpoint);

INSULA_STUB err_t insula_thread_create(
    handle_t space, handle_t table, unsigned priority, unsigned policy, handle_t *thread);
INSULA_STUB err_t insula_thread_configure(
    handle_t thread, enum thread_item item, uint64_t value, uint64_t second);
INSULA_STUB err_t insula_thread_start(
    handle_t thread, uint64_t pc, uint64_t sp, uint64_t argument, uint64_t tpidr);
INSULA_STUB err_t insula_thread_stop(handle_t thread);
INSULA_STUB err_t insula_thread_resume(handle_t thread);
/* Its blocking call ends with ERR_INTERRUPTED; ERR_STATE if it is in none. */
INSULA_STUB err_t insula_thread_interrupt(handle_t thread);
/* Bit n of set_mask: register first + n takes value[n]; then value[] are the registers' values. */
INSULA_STUB err_t insula_thread_registers(
    handle_t thread, unsigned first, unsigned set_mask, uint64_t value[8]);
INSULA_STUB err_t insula_thread_query(handle_t thread, struct thread_info *info);
INSULA_STUB void insula_upcall_return(void);

INSULA_STUB err_t insula_space_create(
    handle_t payer, handle_t table, unsigned flags, handle_t *space);
INSULA_STUB err_t insula_map(
    handle_t space, uint64_t address, uint64_t source, unsigned pages, unsigned prot);
INSULA_STUB err_t insula_unmap(handle_t space, uint64_t address, unsigned pages);
INSULA_STUB err_t insula_protect(handle_t space, uint64_t address, unsigned pages, unsigned prot);
INSULA_STUB err_t insula_fund(handle_t space, uint64_t home_address, unsigned pages);
INSULA_STUB err_t insula_defund(handle_t space, uint64_t *home_address);
INSULA_STUB err_t insula_link(handle_t space, enum link_slot slot, handle_t estate);
INSULA_STUB err_t insula_space_stop(handle_t space, unsigned stop);
INSULA_STUB err_t insula_space_query(
    handle_t space, enum space_item item, uint64_t argument, uint64_t result[7]);
INSULA_STUB err_t insula_destroy(handle_t object);

INSULA_STUB err_t insula_cap_copy(handle_t from_table, handle_t handle, handle_t to_table,
    uint64_t rights, uint64_t badge, handle_t *copy);
INSULA_STUB err_t insula_cap_delete(handle_t table, handle_t handle);
INSULA_STUB err_t insula_cap_revoke(handle_t handle, uint64_t badge);
INSULA_STUB err_t insula_cap_query(handle_t table, handle_t handle, struct cap_info *info);
INSULA_STUB err_t insula_cap_query_index(handle_t table, uint64_t index, struct cap_info *info);

INSULA_STUB err_t insula_irq_bind(handle_t irq, handle_t payer, uint64_t line, handle_t endpoint,
    handle_t table, handle_t *thread);

#if !defined INSULA_HOST_TEST && !defined __arm__
#include <insula/arch/syscall_aarch64.h>
#endif

#endif
