/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults as messages. Owns a thread's fault_* fields and SCHED_FAULT. The
 * message is made from them when it is delivered, so the thread's registers
 * stay as they were; the kernel never looks at the instruction.
 */
#include "core/fault.h"
#include "core/kernel.h"
#include "core/platform.h"
#include "ipc/ipc.h"
#include "sched/sched.h"

/* Exit status of a machine whose first thread faulted. */
#define INIT_FAULT_STATUS 121

void
fault_raise(
    struct cpu *cpu, enum fault_kind kind, uint64_t address, uint8_t access, uint64_t syndrome)
{
	struct thread *t = cpu->current;
	const struct cap_slot *slot = &t->fault_endpoint;
	struct endpoint *ep = (struct endpoint *)slot->object;

	t->fault_kind = (uint8_t)kind;
	t->fault_address = address;
	t->fault_access = access;
	t->fault_esr = syndrome;
	if (ep == NULL || (ep->object.flags & OBJECT_DYING) != 0) {
		fault_unhandled(t);
		return;
	}
	t->sched |= SCHED_FAULT;
	endpoint_send(cpu, ep, t, slot->badge, TIME_NEVER);
}

void
fault_message(const struct thread *t, uint64_t words[MESSAGE_WORDS])
{
	words[FAULT_WORD_KIND] = t->fault_kind;
	words[FAULT_WORD_ADDRESS] = t->fault_address;
	words[FAULT_WORD_ACCESS] = t->fault_access;
	words[FAULT_WORD_PC] = t->regs.pc;
	words[FAULT_WORD_SP] = t->regs.sp;
	words[FAULT_WORD_ESR] = t->fault_esr;
	words[FAULT_WORD_THREAD] = t->object.identity;
	words[FAULT_WORD_LR] = t->regs.x[30];
}

static void
print(const char *text)
{
	size_t bytes = 0;
	while (text[bytes] != '\0')
		bytes++;
	console_write(text, bytes);
}

static void
print_hex(const char *label, uint64_t value)
{
	char digits[16];
	size_t at = sizeof digits;

	do {
		digits[--at] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value != 0);
	print(label);
	console_write(digits + at, sizeof digits - at);
}

void
fault_unhandled(struct thread *t)
{
	static const char kinds[][16] = {
		[FAULT_PAGE] = "page fault",
		[FAULT_UNDEFINED] = "bad instruction",
		[FAULT_ALIGNMENT] = "misaligned",
		[FAULT_CALL] = "unknown call",
		[FAULT_DEBUG] = "breakpoint",
		[FAULT_OTHER] = "fault",
	};
	static const char accesses[][8] = { "read", "write", "execute" };

	print(t == first_thread ? "\npanic: init: " : "\nfault: ");
	print(kinds[t->fault_kind]);
	print_hex(", address 0x", t->fault_address);
	print(" ");
	print(accesses[t->fault_access]);
	print_hex(", pc 0x", t->regs.pc);
	print_hex(", sp 0x", t->regs.sp);
	print_hex(", lr 0x", t->regs.x[30]);
	print_hex(", thread 0x", t->object.identity);
	print_hex(", syndrome 0x", t->fault_esr);
	if (t == first_thread) {
		print(": nobody handles it\n");
		machine_power_off(INIT_FAULT_STATUS);
	}
	print(": nobody handles it, stopped\n");
	t->sched |= SCHED_STOP_CALL;
	thread_set_state(t, THREAD_STOPPED);
}
