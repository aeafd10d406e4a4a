/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the road for the kernel's own mistakes. A panic names what was
 * violated, prints where and in what state, and stops the machine. It is never
 * the answer to what a user did.
 */
#ifndef INSULA_CORE_PANIC_H
#define INSULA_CORE_PANIC_H

/* An exception taken at EL1, as the vectors save it. */
#define EXCEPTION_FRAME_X 0 /* x0 to x30 */
#define EXCEPTION_FRAME_SP 248
#define EXCEPTION_FRAME_ELR 256
#define EXCEPTION_FRAME_SPSR 264
#define EXCEPTION_FRAME_ESR 272
#define EXCEPTION_FRAME_FAR 280
#define EXCEPTION_FRAME_BYTES 288

/* Exit status of a machine that panicked, where the host can be told one. */
#define PANIC_STATUS 122

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

struct exception_frame {
	uint64_t x[31];
	uint64_t sp; /* before the exception */
	uint64_t elr;
	uint64_t spsr;
	uint64_t esr;
	uint64_t far;
};
_Static_assert(offsetof(struct exception_frame, sp) == EXCEPTION_FRAME_SP, "shared with vectors");
_Static_assert(offsetof(struct exception_frame, elr) == EXCEPTION_FRAME_ELR, "shared with vectors");
_Static_assert(offsetof(struct exception_frame, far) == EXCEPTION_FRAME_FAR, "shared with vectors");
_Static_assert(sizeof(struct exception_frame) == EXCEPTION_FRAME_BYTES, "shared with vectors");

_Noreturn void panic(const char *file, int line, const char *invariant);
_Noreturn void panic_exception(const struct exception_frame *frame);

/*
 * A stack of its own for exceptions taken at EL1: they are always panics, and
 * the kernel stack may be what overflowed. The vectors load SP with this.
 */
extern char panic_stack_top[];

/* PANIC is checked in every build; its text is all that a release build tells. */
#ifdef INSULA_DEBUG
#define PANIC(text) panic(__FILE__, __LINE__, (text))
/* What the code relies on: no side effects; never used to check input. */
#define KASSERT(condition) ((condition) ? (void)0 : panic(__FILE__, __LINE__, #condition))
#else
#define PANIC(text) panic(NULL, 0, (text))
#define KASSERT(condition) ((void)sizeof(!(condition)))
#endif

#endif
#endif
