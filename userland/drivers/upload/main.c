/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has the process manager swap in programs that the host wrote into the running
 * machine's boot archive. It looks at the request page ten times a second.
 *
 * Grants: "area" (the request page).
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/services/process.h>
#include <insula/upload.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

#define LOOK_EVERY_NS 100000000ull

static struct upload *area; /* shared with the host, which stops the machine to write */
static char text[sizeof(struct upload) - offsetof(struct upload, text)];

static err_t
swap(const char *process, const char *path, struct process_update_out *out)
{
	static struct process_update_in in;
	pid_number_t pid;
	err_t err = cli_process(process, &pid);
	if (err != OK)
		return err;
	in.pid = pid;
	strcpy(in.path, path);
	return process_update(rpc_to_process(), &in, out, TIME_NEVER);
}

static void
take_request(void)
{
	static struct process_update_out out;
	char process[sizeof area->process], path[sizeof area->path];
	memset(&out, 0, sizeof out);
	memcpy(process, area->process, sizeof process);
	memcpy(path, area->path, sizeof path);
	process[sizeof process - 1] = '\0';
	path[sizeof path - 1] = '\0';
	err_t err = swap(process, path, &out);
	if (err == OK)
		snprintf(text, sizeof text, "blackout %" PRIu64 " ns\nCOMMITTED %s\n",
		    out.blackout_ns, process);
	else
		snprintf(text, sizeof text, "ROLLED_BACK %s: %s\n", process,
		    out.reason[0] != '\0' ? out.reason : err_text(err));
	memcpy(area->text, text, sizeof area->text);
	area->error = err;
}

int
main(void)
{
	uint64_t address;
	err_t err = process_grant("area", &address, NULL);
	if (err != OK)
		return cli_failed("the grant \"area\"", err);
	area = (struct upload *)address;
	if (area->magic != UPLOAD_MAGIC &&
	    area->magic != UPLOAD_MAGIC + 1) /* + 1: it was here before */
		return cli_failed_because(UPLOAD_MEMBER, "is not what this version expects");
	area->magic = UPLOAD_MAGIC + 1;
	for (;;) {
		uint32_t request = *(volatile uint32_t *)&area->request;
		if (request != area->answer) {
			take_request();
			atomic_thread_fence(memory_order_seq_cst);
			area->answer = request;
		}
		err = clock_sleep_ns(LOOK_EVERY_NS);
		if (err != OK && err != ERR_TIMED_OUT)
			return cli_failed("sleep", err);
	}
}
