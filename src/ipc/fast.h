/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What vectors.S calls for the six calls that have a fast path. All end in
 * one of the exits of core/context.h, and never return to their caller.
 */
#ifndef INSULA_IPC_FAST_H
#define INSULA_IPC_FAST_H

#include "core/cpu.h"
#include "sched/thread.h"

/*
 * The vectors have seen that there is neither a deadline nor a flag beside the
 * label. The unused places let the caller stay in the register that
 * exit_message wants.
 */
void ipc_call(
    handle_t handle, uint64_t unused, uint64_t token, uint64_t unused_too, struct thread *caller);
void ipc_reply_recv(
    handle_t handle, uint64_t unused, uint64_t token, uint64_t unused_too, struct thread *server);
void ipc_notify(handle_t handle, struct thread *caller, struct cpu *cpu);
/* `unusual` is not 0 if there is a deadline, or a flag. */
void ipc_recv(handle_t handle, struct thread *caller, struct cpu *cpu, uint64_t unusual);
void ipc_notify_recv(
    handle_t handle, struct thread *caller, handle_t bell, struct cpu *cpu, uint64_t unusual);
void ipc_yield(uint64_t unused, struct thread *caller, struct cpu *cpu);

#endif
