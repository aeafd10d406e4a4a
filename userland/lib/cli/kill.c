/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends processes. One that comes back is told of, with how to end it.
 */
#include <insula/cli.h>
#include <insula/services/process.h>
#include <insula/text.h>

#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

#define PIDS_SHOWN 8u

static int
refuse(const char *object, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "kill: %s: %s\n", object, why);
	return CLI_FAILED;
}

/* The process that is meant. CLI_FAILED, and a line: there is none, or more than one. */
static int
find_one(const char *object, pid_number_t *pid)
{
	char why[160];
	struct text t = text_begin(why, sizeof why);
	pid_number_t other;
	unsigned found = 1;
	err_t err = cli_process(object, pid);
	if (err != OK)
		return refuse(object, err_text(err));
	if (cli_process_after(object, *pid, &other) != OK)
		return 0;
	text_add(&t, "several processes have this name: say one of their PIDs: ");
	text_add_number(&t, *pid);
	do {
		if (found++ >= PIDS_SHOWN)
			continue;
		text_add(&t, ", ");
		text_add_number(&t, other);
	} while (cli_process_after(object, other, &other) == OK);
	if (found > PIDS_SHOWN) {
		text_add(&t, ", ... (");
		text_add_number(&t, found);
		text_add(&t, " in all)");
	}
	return refuse(object, why);
}

static uint64_t
flags_of(pid_number_t pid)
{
	const struct process_list_in in = { .after = pid - 1 };
	struct process_list_out out;
	err_t err = process_list(rpc_to_process(), &in, &out, TIME_NEVER);
	return err == OK && out.pid == pid ? out.flags : 0;
}

static int
kill_one(const char *object, bool for_good)
{
	pid_number_t pid;
	struct process_kill_out out;
	if (find_one(object, &pid) != 0)
		return CLI_FAILED;
	const struct process_kill_in in = { .pid = pid,
		.flags = for_good ? PROCESS_KILL_FOR_GOOD : 0 };
	const uint64_t flags = flags_of(pid);
	err_t err = process_kill(rpc_to_process(), &in, &out, TIME_NEVER);
	if (err == ERR_REFUSED && (flags & PROCESS_CORE) != 0)
		return refuse(object, "one of the managers that the system consists of: not ended");
	if (err == ERR_REFUSED)
		return refuse(object, "the manifest says that it restarts: not ended for good");
	if (err != OK)
		return refuse(object, err_text(err));
	if (for_good || (flags & PROCESS_RESTARTS) == 0)
		return 0;
	printf("%s: %scomes back%s", object, (flags & PROCESS_SERVER) != 0 ? "a server, " : "",
	    (flags & PROCESS_STATE) != 0 ? " with its state" : "");
	if ((flags & PROCESS_KEPT) != 0)
		printf(", as the manifest says\n");
	else
		printf("; `kill --for-good %s` ends it\n", object);
	return 0;
}

int
command_kill(int argc, char **argv)
{
	int status = 0;
	const bool for_good = argc > 1 && strcmp(argv[1], "--for-good") == 0;
	const int first = for_good ? 2 : 1;
	if (!cli_arguments_fit(argc, argv, first, 33, "kill [--for-good] PID|NAME...", &status))
		return status;
	for (int i = first; i < argc; i++)
		status |= kill_one(argv[i], for_good);
	return status;
}
