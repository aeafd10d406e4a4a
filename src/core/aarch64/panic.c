/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Printing the end: what was violated, where, the registers, who called. Uses
 * nothing that could fail in turn: polled output, no memory but its stack, and
 * for the backtrace no address outside the kernel stack.
 */
#include "core/panic.h"
#include "core/aarch64/drivers.h"
#include "core/aarch64/kernel_stack.h"
#include "core/aarch64/sysreg.h"
#include "core/platform.h"

#define BACKTRACE_MAX 24
#ifdef INSULA_DEBUG
#define FRAME_POINTERS 1
#else
#define FRAME_POINTERS 0
#endif

/* Checked by code built with stack protection (libfdt, and all of a debug build). */
extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

/* The linker script's. */
extern const char text_start[], rodata_start[];

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

/* Whether an address is one that a call returns to: it follows a bl or blr. */
static bool
is_return_address(uintptr_t address)
{
	if (address % 4 != 0 || address <= (uintptr_t)text_start ||
	    address >= (uintptr_t)rodata_start)
		return false;
	uint32_t call = *((const uint32_t *)address - 1); /* NOLINT: in the kernel's text */
	return call >> 26 == 0x25 || (call & 0xfffffc1f) == 0xd63f0000;
}

/*
 * Who called, innermost first: every return address on the kernel stack. There
 * are no frame pointers in a release build to follow, so one that an earlier
 * call left behind may be among them; in a debug build the chain of frame
 * pointers is followed instead.
 */
static void
print_backtrace(uintptr_t at, uintptr_t frame)
{
	const uintptr_t end = (uintptr_t)&kernel_stack0.cpu;
	int count = 0;

	print("\nbacktrace:");
	at = FRAME_POINTERS ? frame : at;
	while (at % 8 == 0 && at >= (uintptr_t)kernel_stack0.stack && at <= end - 16 &&
	    count < BACKTRACE_MAX) {
		const uintptr_t *word = (const uintptr_t *)at; /* NOLINT: on the kernel stack */
		uintptr_t address = FRAME_POINTERS ? word[1] : word[0];
		uintptr_t next = FRAME_POINTERS ? word[0] : at + 8;
		if (is_return_address(address))
			print_hex(count++ % 4 == 0 ? "\n " : " ", address);
		if (next <= at)
			break;
		at = next;
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
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

	panic_begin(invariant);
	if (file != NULL) {
		print("\nat ");
		print(file);
		print_decimal(":", (uint32_t)line);
	}
	print_place();
	print_backtrace(frame, frame);
	machine_power_off(PANIC_STATUS);
}

#define CLASS_JUMP 0x20
#define CLASS_ACCESS 0x24
#define ESR_WRITE 0x40u

/* Exception classes; an abort's even neighbour is one from EL0, which never gets here. */
static const struct {
	uint8_t class;
	char text[22];
} exceptions[] = {
	{ 0x00, "undefined instruction" },
	{ CLASS_JUMP + 1, "bad jump" },
	{ CLASS_ACCESS + 1, "bad access" },
	{ 0x2f, "SError" },
	{ 0x3c, "brk: a failed check" },
};

/* Why an abort, by bits 5 to 2 of the syndrome; 4 and 5 are the bus's. */
static const char aborts[][13] = { "address size", "not mapped", "access flag", "permission",
	"bus error" };
#define ABORT_MISALIGNED 8

static void
print_exception(uint64_t esr)
{
	uint64_t class = esr >> 26 & 0x3f;
	uint64_t abort = esr >> 2 & 0xf;

	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		if (exceptions[i].class == class)
			print(exceptions[i].text);
	if (class != CLASS_JUMP + 1 && class != CLASS_ACCESS + 1)
		return;
	if (class == CLASS_ACCESS + 1 && (esr & ESR_WRITE) != 0)
		print(", write");
	print(", ");
	if (abort == ABORT_MISALIGNED)
		print("misaligned");
	else if (abort <= 5)
		print(aborts[abort < 4 ? abort : 4]);
	else
		print("other");
}

_Noreturn void
panic_exception(const struct exception_frame *frame)
{
	if (machine_exited_at(frame->elr))
		machine_power_off(PANIC_STATUS);
	panic_begin("exception in the kernel: ");
	print_exception(frame->esr);
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
	print_backtrace(frame->sp, frame->x[29]);
	machine_power_off(PANIC_STATUS);
}

uintptr_t __stack_chk_guard = 0x0a00ff0d6e736c61;

_Noreturn void
__stack_chk_fail(void)
{
	PANIC("stack frame overrun");
}
