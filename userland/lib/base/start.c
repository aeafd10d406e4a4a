/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first instruction to main, and what follows main.
 */
#include <insula/arch/cpu.h>
#include <insula/process.h>
#include <insula/syscall.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"

#define ARGUMENTS 64

int main(int argc, char **argv);
_Noreturn void program_start(const struct process_info *info);

static char *argument[ARGUMENTS + 1];

/* The strings lie in a page of their own; argv only points into it. */
static int
find_arguments(const struct process_info *info)
{
	const char *at = info->args, *end = info->args + sizeof info->args;
	int argc = 0;
	while (argc < ARGUMENTS && (uint32_t)argc < info->argc && at < end) {
		argument[argc++] = (char *)(uintptr_t)at;
		while (at < end && *at != '\0')
			at++;
		at++;
	}
	return argc;
}

void
program_start(const struct process_info *info)
{
	if (info != process_info() || info->magic != PROCESS_INFO_MAGIC)
		cpu_trap();
	base_init_main_thread();
	base_run_constructors();
	exit(main(find_arguments(info), argument));
}

void
process_exit(int status)
{
	struct message m = { .label = CONTROL_EXIT, .word = { (uint64_t)(int64_t)status } };
	for (;;) {
		err_t err = insula_call(HANDLE_CONTROL, TIME_NEVER, &m);
		if (err != ERR_INTERRUPTED) /* the manager is being replaced: say it again */
			cpu_trap();
	}
}

void
_exit(int status)
{
	process_exit(status);
}
