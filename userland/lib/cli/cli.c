/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What small programs have in common.
 */
#include <insula/cli.h>
#include <insula/services/process.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

bool
cli_arguments_fit(int argc, char **argv, int least, int most, const char *usage, int *status)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		printf("usage: %s\n", usage);
		*status = 0;
		return false;
	}
	if (argc - 1 < least || argc - 1 > most) {
		fprintf(stderr, "usage: %s\n", usage);
		*status = CLI_USAGE;
		return false;
	}
	return true;
}

void
cli_arguments(int argc, char **argv, int least, int most, const char *usage)
{
	int status;
	if (!cli_arguments_fit(argc, argv, least, most, usage, &status))
		exit(status);
}

int
cli_failed_because(const char *object, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s: %s\n", process_info()->name, object, why);
	return CLI_FAILED;
}

int
cli_failed(const char *object, err_t err)
{
	return cli_failed_because(object, err_text(err));
}

int
cli_open(const struct rpc_interface *interface, struct rpc_connection **connection)
{
	char reason[RPC_REASON_BYTES];
	err_t err = rpc_open(PID_INVALID, interface, 0, connection, reason);
	if (err == OK)
		return 0;
	fflush(stdout);
	fprintf(stderr, "%s: service %s: %s\n", process_info()->name, interface->name,
	    err == ERR_NOT_FOUND ? "no server offers it"
		: reason[0] != 0 ? reason
				 : err_text(err));
	return CLI_FAILED;
}

err_t
cli_process(const char *text, pid_number_t *pid)
{
	return cli_process_after(text, 0, pid);
}

err_t
cli_process_after(const char *text, pid_number_t after, pid_number_t *pid)
{
	struct process_find_in in;
	struct process_find_out out;
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	if (end != text && *end == '\0') {
		*pid = (pid_number_t)number;
		return number <= after || number > UINT32_MAX ? ERR_NO_PROCESS : OK;
	}
	memset(&in, 0, sizeof in);
	in.after = after;
	if (strlen(text) >= sizeof in.name)
		return ERR_NO_PROCESS;
	strcpy(in.name, text);
	err_t err = process_find(rpc_to_process(), &in, &out, TIME_NEVER);
	if (err == ERR_NOT_FOUND || (err == OK && out.pid == PID_INVALID))
		return ERR_NO_PROCESS;
	*pid = (pid_number_t)out.pid;
	return err;
}
