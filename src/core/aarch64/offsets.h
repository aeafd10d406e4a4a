/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the vectors find things in struct cpu and struct thread; context.c
 * asserts every number.
 */
#ifndef INSULA_CORE_AARCH64_OFFSETS_H
#define INSULA_CORE_AARCH64_OFFSETS_H

#define CPU_CURRENT 0
#define CPU_LOCK 8
#define CPU_TRACE 16
#define CPU_FP_OWNER 24

#define THREAD_IDENTITY 16
#define THREAD_TTBR0 56
#define THREAD_SCHED 72

#define THREAD_X 136
#define THREAD_SP (THREAD_X + 8 * 31)
#define THREAD_PC (THREAD_X + 8 * 32)
#define THREAD_PSTATE (THREAD_X + 8 * 33)
#define THREAD_TPIDR (THREAD_X + 8 * 34)
#define THREAD_CPU_TICKS (THREAD_X + 8 * 35)

#define THREAD_FP 688
#define FP_CONTROL 512

#define SCHED_OWNS_FP_BIT 40

/* Of insula/abi/trace.h. */
#define VECTOR_TRACE_HEADER 4096
#define VECTOR_TRACE_SHIFT 5

/* Of insula/abi/call.h, which the assembler does not read. */
#define VECTOR_CALL 1
#define VECTOR_REPLY_RECV 2
#define VECTOR_RECV 3
#define VECTOR_NOTIFY 5
#define VECTOR_YIELD 6
#define VECTOR_NULL 7
#define VECTOR_NOTIFY_RECV 36
#define VECTOR_CALLS 37
#define VECTOR_ABI_VERSION 1

#endif
