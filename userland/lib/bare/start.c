/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first process, from its first instruction to main and to power-off; and what
 * the library's hooks are there.
 */
#include <insula/arch/cpu.h>
#include <insula/bare.h>
#include <insula/console.h>
#include <insula/memory.h>
#include <insula/thread.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

int main(void);
_Noreturn void flat_start(const struct boot_info *info);
void bare_frames_init(void);
void bare_exit(int status);
long bare_console_write(const char *text, size_t bytes);
long bare_console_read(char *text, size_t bytes);
err_t bare_heap_grow(uint64_t pages, uint64_t *address);
err_t bare_stack_map(uint64_t bytes, uint64_t *top);
err_t bare_stack_unmap(uint64_t top, uint64_t bytes);
err_t bare_fund_grow(unsigned estate, uint64_t pages);

const struct boot_info *boot_info;

const void *
bare_device_tree(void)
{
	static const void *checked; /* once: a board's tree is long */
	if (checked != NULL || boot_info->dtb.bytes == 0)
		return checked;
	const void *fdt = bare_home(boot_info->dtb.base);
	if (fdt_check_full(fdt, boot_info->dtb.bytes) == 0)
		checked = fdt;
	return checked;
}

/* A page like every process has, so that the library finds the clock and the name. */
static void
make_process_info(void)
{
	const uint64_t frame = bare_frames(1);
	if (frame == 0)
		return;
	struct process_info *info = bare_home(frame);
	info->magic = PROCESS_INFO_MAGIC;
	info->instance = 1;
	info->pid = 1;
	info->clock_hz = boot_info->clock_hz;
	info->argc = 1;
	info->args_bytes = sizeof "init";
	strcpy(info->name, "init");
	strcpy(info->args, "init");
	if (bare_map(INIT_SPACE, PROCESS_INFO, frame, 1, PROT_R) != OK)
		bare_fatal("PROCESS_INFO: %s", err_text(ERR_NO_FUND));
}

void
flat_start(const struct boot_info *info)
{
	if (info->magic != BOOT_INFO_MAGIC)
		cpu_trap();
	base_init_main_thread();
	boot_info = info;
	const void *fdt = bare_device_tree();
	if (fdt != NULL)
		(void)early_console_init(fdt, HOME_BASE);
	bare_frames_init();
	make_process_info();
	base_run_constructors();
	exit(main());
}

void
bare_power_off(int status)
{
	struct message m = { .label = FIRMWARE_POWER_OFF, .word = { (uint64_t)(int64_t)status } };
	(void)insula_call(INIT_FIRMWARE, TIME_NEVER, &m);
	cpu_trap();
}

void
bare_fatal(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	early_printf("init: ");
	early_vprintf(format, args);
	early_printf("\n");
	va_end(args);
	bare_power_off(1);
}

/* _exit and process_exit */
void
bare_exit(int status)
{
	bare_power_off(status);
}

/* --- the library's hooks: init.ld gives each of these the name that the library calls */

long
bare_console_write(const char *text, size_t bytes)
{
	early_write(text, bytes);
	return (long)bytes;
}

long
bare_console_read(char *text, size_t bytes)
{
	if (bytes == 0)
		return 0;
	int c;
	while ((c = early_read()) < 0)
		insula_yield();
	*text = (char)c;
	return 1;
}

/* Addresses go up and are not used again. */
static _Atomic uint64_t heap_next = HEAP_BASE, stack_next = STACK_AREA;

static err_t
map_new(uint64_t address, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		const uint64_t frame = bare_frames(1);
		if (frame == 0)
			return ERR_NO_MEMORY;
		err_t err = bare_map(INIT_SPACE, address + i * PAGE_BYTES, frame, 1, PROT_W);
		if (err != OK)
			return err;
	}
	return OK;
}

err_t
bare_heap_grow(uint64_t pages, uint64_t *address)
{
	const uint64_t at = atomic_fetch_add(&heap_next, pages * PAGE_BYTES);
	err_t err = map_new(at, pages);
	if (err == OK)
		*address = at;
	return err;
}

err_t
bare_stack_map(uint64_t bytes, uint64_t *top)
{
	const uint64_t pages = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
	const uint64_t at = atomic_fetch_add(&stack_next, (pages + 1) * PAGE_BYTES);
	err_t err = map_new(at + PAGE_BYTES, pages);
	if (err == OK)
		*top = at + (pages + 1) * PAGE_BYTES;
	return err;
}

err_t
bare_stack_unmap(uint64_t top, uint64_t bytes)
{
	for (uint64_t at = top - bytes; at < top; at += PAGE_BYTES)
		(void)insula_unmap(INIT_SPACE, at, 1);
	return OK;
}

err_t
bare_fund_grow(unsigned estate, uint64_t pages)
{
	(void)estate;
	return bare_fund(INIT_SPACE, (unsigned)pages);
}
