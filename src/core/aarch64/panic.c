/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Printing the end: what was violated, where, the registers, who called. Uses
 * nothing that could fail in turn: polled output, no memory but its stack, and
 * it follows frame pointers only inside the kernel's own data.
 */
#include "core/panic.h"
#include "core/aarch64/drivers.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"
#include "core/platform.h"

#define BACKTRACE_MAX 24

/* Checked by code built with stack protection (libfdt, and all of a debug build). */
extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

/* The linker script's. */
extern const char image_end[];

static bool panicking;

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
	for (int i = 15; i >= 0; i--, value >>= 4)
		digits[i] = "0123456789abcdef"[value & 15];
	print(label);
	console_write(digits, sizeof digits);
}

static void
print_decimal(const char *label, uint32_t value)
{
	char digits[10];
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	print(label);
	console_write(digits + at, sizeof digits - at);
}

/* Return addresses along the chain of frame pointers, for as long as it makes sense. */
static void
print_backtrace(uintptr_t frame)
{
	print("\nbacktrace:");
	for (int i = 0; i < BACKTRACE_MAX; i++) {
		if (frame % 16 != 0 || frame < KERNEL_BASE || frame > (uintptr_t)image_end - 16)
			break;
		const uintptr_t *record = (const uintptr_t *)frame; /* NOLINT: checked above */
		if (record[1] == 0)
			break;
		print_hex(i % 4 == 0 ? "\n " : " ", record[1]);
		if (record[0] <= frame)
			break;
		frame = record[0];
	}
	print("\n");
}

static void
panic_begin(const char *text)
{
	__asm__ volatile("msr daifset, #0xf");
	if (panicking)
		machine_power_off(PANIC_STATUS); /* a panic within a panic: say no more */
	panicking = true;
	print("\npanic: ");
	print(text);
}

static void
print_place(void)
{
	print_decimal("\ncpu ", (uint32_t)sysreg_read(mpidr_el1) & 0xff);
	print_decimal(" EL", (uint32_t)sysreg_read(currentel) >> 2);
}

_Noreturn void
panic(const char *file, int line, const char *invariant)
{
	panic_begin(invariant);
	if (file != NULL) {
		print("\nat ");
		print(file);
		print_decimal(":", (uint32_t)line);
	}
	print_place();
	print_hex(" called from ", (uintptr_t)__builtin_return_address(0));
	print_backtrace((uintptr_t)__builtin_frame_address(0));
	machine_power_off(PANIC_STATUS);
}

static const char *
exception_text(uint64_t esr)
{
	switch (esr >> 26 & 0x3f) {
	case 0x00:
		return "undefined instruction in the kernel";
	case 0x07:
		return "FP or SIMD in the kernel";
	case 0x0e:
		return "illegal execution state";
	case 0x15:
	case 0x16:
	case 0x17:
		return "svc, hvc or smc in the kernel";
	case 0x20:
	case 0x21:
		return "kernel jumped to an address it may not execute";
	case 0x22:
		return "kernel PC misaligned";
	case 0x24:
	case 0x25:
		return (esr & 0x40) != 0 ? "kernel wrote to an address it may not write"
					 : "kernel read from an address it may not read";
	case 0x26:
		return "kernel SP misaligned";
	case 0x2f:
		return "SError: a device or memory reported an error";
	case 0x3c:
		return "brk in the kernel: a compiler's check failed";
	default:
		return "unexpected exception in the kernel";
	}
}

/* The fault status of an abort, in words. */
static const char *
abort_text(uint64_t esr)
{
	uint64_t class = esr >> 26 & 0x3f;
	if (class != 0x20 && class != 0x21 && class != 0x24 && class != 0x25)
		return "";
	switch (esr >> 2 & 0xf) {
	case 0:
		return " (address size)";
	case 1:
		return " (not mapped)";
	case 2:
		return " (access flag)";
	case 3:
		return " (permission)";
	case 4:
		return " (external abort)";
	case 8:
		return " (misaligned)";
	default:
		return " (other)";
	}
}

_Noreturn void
panic_exception(const struct exception_frame *frame)
{
	if (machine_exited_at(frame->elr))
		machine_power_off(PANIC_STATUS);
	panic_begin(exception_text(frame->esr));
	print(abort_text(frame->esr));
	print_place();
	print_hex(" pc ", frame->elr);
	print_hex(" esr ", frame->esr);
	print_hex("\nfar ", frame->far);
	print_hex(" sp ", frame->sp);
	print_hex(" spsr ", frame->spsr);
	for (unsigned int i = 0; i < 31; i++) {
		print_decimal(i % 4 == 0 ? "\nx" : " x", i);
		print_hex(i < 10 ? "  " : " ", frame->x[i]);
	}
	print_backtrace(frame->x[29]);
	machine_power_off(PANIC_STATUS);
}

uintptr_t __stack_chk_guard = 0x0a00ff0d6e736c61;

_Noreturn void
__stack_chk_fail(void)
{
	PANIC("a function wrote past its stack frame");
}
