/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loops of loops.S.
 */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#define CALL_CALL 1
#define CALL_REPLY_RECV 2
#define CALL_RECV 3
#define CALL_NOTIFY 5
#define CALL_YIELD 6
#define CALL_NULL 7

#ifndef __ASSEMBLER__
#include <insula/abi/types.h>

uint64_t loop_call_0w(handle_t endpoint, uint64_t count);
uint64_t loop_call_4w(handle_t endpoint, uint64_t count);
uint64_t loop_call_8w(handle_t endpoint, uint64_t count);
uint64_t loop_null(handle_t unused, uint64_t count);
uint64_t loop_notify(handle_t endpoint, uint64_t count);
uint64_t loop_yield(handle_t unused, uint64_t count);
uint64_t loop_fault(uint64_t address, uint64_t count);
_Noreturn void loop_serve(handle_t endpoint);
_Noreturn void loop_wait(handle_t endpoint);
_Noreturn void loop_yield_for_ever(void);
void loop_trigger(volatile uint32_t *device, uint32_t value, volatile uint64_t *when);
uint64_t loop_cycles(void);
#endif

#endif
