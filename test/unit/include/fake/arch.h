/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A processor, a clock, an interrupt controller and a console for kernel code
 * on the host. Everything that kernel code tells them can be read here.
 */
#ifndef FAKE_ARCH_H
#define FAKE_ARCH_H

#include "core/cpu.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_arch {
	uint64_t now_ns;     /* the clock; ticks are ns */
	uint64_t timer_ns;   /* what the timer is set for, TIME_NEVER if off */
	uint64_t timer_sets; /* how often it was set */
	uint64_t ttbr0;      /* the address space that is loaded */
	uint64_t tpidr;
	uint64_t switches; /* threads switched, by either path */
	uint64_t fp_saves;
	uint32_t pending[8]; /* interrupt lines that wait to be claimed */
	uint32_t pending_count;
	uint64_t unmasked; /* bit n: line n */
	uint64_t ended;    /* lines that were claimed and ended */
	char console[1024];
	size_t console_bytes;
	int fast_exits; /* exit_message and exit_status */
	int slow_exits;
	bool no_narrow; /* the processor runs no 32-bit threads */
	bool off;       /* the machine was switched off, with this status: */
	int off_status;
	bool has_mailbox;
	uint64_t mail; /* what lies in it */
	const char *panic;
	jmp_buf end; /* where panic and power-off go, if armed */
	bool end_armed;
};

/* The syndrome of a narrow thread's svc #n. */
#define FAKE_NARROW_SVC(n) (1ull << 32 | (n))

extern struct fake_arch fake;
extern struct cpu fake_cpu;

void fake_reset(void);

/* 0 first; 1 after the code that follows has panicked or switched the machine off. */
#define FAKE_ENDS() (fake.end_armed = true, setjmp(fake.end))

#endif
