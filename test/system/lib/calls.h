/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's calls have answered, for test/system/kernel-errors, which
 * compares it with docs/abi.md. A file that includes this header has its calls
 * noted, whatever thread makes them. A status is proven by a test that passes:
 *
 *  - a success, by EQUAL or WORKS around the call;
 *  - an error, by REFUSED around it: the world has been compared, too;
 *  - the end of a wait (ERR_TIMED_OUT, ERR_INTERRUPTED), by EQUAL around the
 *    call, or, if another thread has waited, by EQUAL with what it got;
 *  - of yield and upcall_return, which tell no status, by the call itself.
 *
 * What is unproven is told apart: nothing may be answered that is not documented.
 */
#ifndef TEST_CALLS_H
#define TEST_CALLS_H

#include "raw.h"
#include "test.h"

#include <insula/syscall.h>
#include <stdbool.h>
#include <stdint.h>

/* Note a call and its status, which is also what this returns. */
int calls_note(unsigned number, int status);
/* raw_call, noted. */
void calls_raw(uint64_t number, uint64_t x[19]);

/* What test.c and world.c say: a test begins and ends, what was checked holds. */
void calls_begin_test(void);
void calls_end_test(bool passed);
void calls_equal(uint64_t status);
void calls_refused(void);

/* A line for each call that was made: `call NAME STATUS...` with the proven ones, `/`, and the others. */
void calls_print(void);

#ifndef CALLS_BARE /* who makes them unnoted */
#define NOTED(name, call) ((err_t)calls_note(CALL_##name, (int)(call)))

#define raw_call(number, x) calls_raw(number, x)
#define insula_call(...) NOTED(call, (insula_call)(__VA_ARGS__))
#define insula_reply_recv(...) ((int)NOTED(reply_recv, (insula_reply_recv)(__VA_ARGS__)))
#define insula_recv(...) ((int)NOTED(recv, (insula_recv)(__VA_ARGS__)))
#define insula_reply(...) NOTED(reply, (insula_reply)(__VA_ARGS__))
#define insula_notify(...) NOTED(notify, (insula_notify)(__VA_ARGS__))
#define insula_yield() ((insula_yield)(), (void)calls_note(CALL_yield, OK))
#define insula_null() ((uint64_t)NOTED(null, (insula_null)()))
#define insula_endpoint_create(...) NOTED(endpoint_create, (insula_endpoint_create)(__VA_ARGS__))
#define insula_endpoint_create_as(...) \
	NOTED(endpoint_create, (insula_endpoint_create_as)(__VA_ARGS__))
#define insula_endpoint_abort(...) NOTED(endpoint_abort, (insula_endpoint_abort)(__VA_ARGS__))
#define insula_thread_create(...) NOTED(thread_create, (insula_thread_create)(__VA_ARGS__))
#define insula_thread_configure(...) NOTED(thread_configure, (insula_thread_configure)(__VA_ARGS__))
#define insula_thread_start(...) NOTED(thread_start, (insula_thread_start)(__VA_ARGS__))
#define insula_thread_stop(...) NOTED(thread_stop, (insula_thread_stop)(__VA_ARGS__))
#define insula_thread_resume(...) NOTED(thread_resume, (insula_thread_resume)(__VA_ARGS__))
#define insula_thread_registers(...) NOTED(thread_registers, (insula_thread_registers)(__VA_ARGS__))
#define insula_thread_query(...) NOTED(thread_query, (insula_thread_query)(__VA_ARGS__))
#define insula_upcall_return() ((void)calls_note(CALL_upcall_return, OK), (insula_upcall_return)())
#define insula_space_create(...) NOTED(space_create, (insula_space_create)(__VA_ARGS__))
#define insula_map(...) NOTED(map, (insula_map)(__VA_ARGS__))
#define insula_unmap(...) NOTED(unmap, (insula_unmap)(__VA_ARGS__))
#define insula_protect(...) NOTED(protect, (insula_protect)(__VA_ARGS__))
#define insula_fund(...) NOTED(fund, (insula_fund)(__VA_ARGS__))
#define insula_defund(...) NOTED(defund, (insula_defund)(__VA_ARGS__))
#define insula_link(...) NOTED(link, (insula_link)(__VA_ARGS__))
#define insula_space_stop(...) NOTED(space_stop, (insula_space_stop)(__VA_ARGS__))
#define insula_space_query(...) NOTED(space_query, (insula_space_query)(__VA_ARGS__))
#define insula_destroy(...) NOTED(destroy, (insula_destroy)(__VA_ARGS__))
#define insula_cap_copy(...) NOTED(cap_copy, (insula_cap_copy)(__VA_ARGS__))
#define insula_cap_delete(...) NOTED(cap_delete, (insula_cap_delete)(__VA_ARGS__))
#define insula_cap_revoke(...) NOTED(cap_revoke, (insula_cap_revoke)(__VA_ARGS__))
#define insula_cap_query(...) NOTED(cap_query, (insula_cap_query)(__VA_ARGS__))
#define insula_cap_query_index(...) NOTED(cap_query, (insula_cap_query_index)(__VA_ARGS__))
#define insula_irq_bind(...) NOTED(irq_bind, (insula_irq_bind)(__VA_ARGS__))
#define insula_recv_lend(...) ((int)NOTED(recv_lend, (insula_recv_lend)(__VA_ARGS__)))
#define insula_sleep(...) NOTED(sleep, (insula_sleep)(__VA_ARGS__))
#define insula_thread_interrupt(...) NOTED(thread_interrupt, (insula_thread_interrupt)(__VA_ARGS__))
#define insula_notify_recv(...) ((int)NOTED(notify_recv, (insula_notify_recv)(__VA_ARGS__)))
#endif

#endif
