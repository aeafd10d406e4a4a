/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of the whole system, as `name value unit` lines. They are
 * times, in ns; in a machine that runs with --icount a nanosecond is an instruction, and
 * --instructions, which scripts/bench says there, has the unit say so.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/rpc/quick.h>
#include <insula/services/kv.h>
#include <insula/services/memory.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(MEMORY, memory)
RPC_DEFINE_SERVICE(KV, kv)
RPC_DEFINE_QUICK(KV, kv)

#define SPAWNS 20
#define CALLS 4096
#define SINGLES 256

static const char *unit = "ns";

static void
figure(const char *name, uint64_t value)
{
	printf("%s %" PRIu64 " %s\n", name, value, unit);
}

static int
bench_spawn(void)
{
	struct process_spawn_in spawn;
	struct process_spawn_out child;
	struct process_wait_out end;
	memset(&spawn, 0, sizeof spawn);
	strcpy(spawn.path, "/boot/true");
	strcpy((char *)spawn.args, "true");
	spawn.args_length = sizeof "true";
	uint64_t begin = 0;
	for (int i = 0; i <= SPAWNS; i++) {
		if (i == 1)
			begin = clock_now_ns(); /* the first one warms up */
		err_t err = process_spawn(rpc_to_process(), &spawn, &child, TIME_NEVER);
		struct process_wait_in wait = { .pid = child.pid };
		if (err == OK)
			err = process_wait(rpc_to_process(), &wait, &end, TIME_NEVER);
		if (err != OK)
			return cli_failed("/boot/true", err);
	}
	figure("spawn_exit_wait", (clock_now_ns() - begin) / SPAWNS);
	return 0;
}

/* A call and its result while 64 are kept under way, both sides and kernel. */
static err_t
run_deep(struct rpc_connection *kv)
{
	struct kv_get_in in = { .key = 1 };
	struct kv_get_out out;
	struct rpc_answer answer;
	uint64_t number;
	unsigned sent = 0, got = 0;
	while (got < CALLS) {
		while (sent < CALLS && kv_get_quick(kv, &in, &number) == OK)
			sent++;
		err_t err = rpc_wait(kv, TIME_NEVER);
		if (err != OK)
			return err;
		while (rpc_poll_quick(kv, &answer, &out, sizeof out) == OK)
			got++;
	}
	return OK;
}

static int
bench_rpc(void)
{
	struct rpc_connection *kv;
	struct kv_get_in in = { .key = 1 };
	struct kv_get_out out;
	err_t err = rpc_open(PID_INVALID, &kv_interface, 0, &kv, NULL);
	if (err == OK)
		err = run_deep(kv);
	uint64_t begin = clock_now_ns();
	if (err == OK)
		err = run_deep(kv);
	if (err != OK)
		return cli_failed("kv", err);
	figure("rpc_async_depth64", (clock_now_ns() - begin) / CALLS);

	begin = clock_now_ns();
	for (int i = 0; i < SINGLES; i++) {
		err = kv_get(kv, &in, &out, TIME_NEVER);
		if (err != OK && err != ERR_NOT_FOUND)
			return cli_failed("kv", err);
	}
	figure("rpc_async_single", (clock_now_ns() - begin) / SINGLES);
	(void)rpc_close(kv);
	return 0;
}

/* The switch and what clients see of it, for an update without conversion. */
static int
bench_update(void)
{
	struct process_update_in in;
	struct process_update_out out;
	uint64_t cost[UPDATE_STEPS];
	pid_number_t pid;
	err_t err = cli_process("kv", &pid);
	if (err != OK)
		return cli_failed("kv", err);
	memset(&in, 0, sizeof in);
	in.pid = pid;
	strcpy(in.path, "/boot/kv-1");
	err = process_update(rpc_to_process(), &in, &out, TIME_NEVER);
	if (err != OK)
		return cli_failed_because("kv", out.reason);
	memcpy(cost, out.cost, sizeof cost);
	figure("update_switch", cost[UPDATE_SWITCH]);
	figure("update_blackout", out.blackout_ns);
	return 0;
}

static int
bench_memory(void)
{
	struct memory_query_in in = { .pid = PID_INVALID };
	struct memory_query_out out;
	err_t err = memory_query(rpc_to_memory(), &in, &out, TIME_NEVER);
	if (err != OK)
		return cli_failed("memory", err);
	printf("ram_after_boot %" PRIu64 " KiB\n", (out.total_pages - out.free_pages) * 4);
	return 0;
}

#define PAIRS 1000
#define HANDOFFS 200

static struct {
	pthread_mutex_t mutex;
	sem_t go;
	uint64_t given_ns, total_ns;
} handoff;

/* Above the giver: waits, and has the mutex the moment that it is given. */
static void *
take_mutex(void *argument)
{
	for (int i = 0; i <= HANDOFFS; i++) {
		(void)sem_wait(&handoff.go);
		(void)pthread_mutex_lock(&handoff.mutex);
		if (i > 0) /* the first one makes the endpoints */
			handoff.total_ns += clock_now_ns() - handoff.given_ns;
		(void)pthread_mutex_unlock(&handoff.mutex);
	}
	return argument;
}

/* Locking and unlocking that nobody contends; and from unlock to the waiter's having it. */
static int
bench_mutex(void)
{
	pthread_t taker;
	uint64_t begin = 0;
	for (int i = 0; i <= PAIRS; i++) {
		if (i == 1)
			begin = clock_now_ns();
		(void)pthread_mutex_lock(&handoff.mutex);
		(void)pthread_mutex_unlock(&handoff.mutex);
	}
	figure("mutex_uncontended_pair", (clock_now_ns() - begin) / PAIRS);

	int policy;
	struct sched_param param;
	(void)sem_init(&handoff.go, 0, 0);
	int error = pthread_getschedparam(pthread_self(), &policy, &param);
	if (error == 0)
		error = pthread_create(&taker, NULL, take_mutex, NULL);
	if (error == 0)
		error = pthread_setschedprio(taker, param.sched_priority + 1);
	if (error != 0)
		return cli_failed_because("mutex_handoff", strerror(error));
	for (int i = 0; i <= HANDOFFS; i++) {
		(void)pthread_mutex_lock(&handoff.mutex);
		(void)sem_post(&handoff.go);
		handoff.given_ns = clock_now_ns();
		(void)pthread_mutex_unlock(&handoff.mutex);
	}
	(void)pthread_join(taker, NULL);
	figure("mutex_handoff", handoff.total_ns / HANDOFFS);
	return 0;
}

int
main(int argc, char **argv)
{
	uint64_t started = clock_now_ns();
	cli_arguments(argc, argv, 0, 1,
	    "bench [--instructions]   the figures in ns; in a machine with --icount each is an\n"
	    "       instruction, and --instructions labels them so");
	if (argc > 1 && strcmp(argv[1], "--instructions") == 0)
		unit = "instructions";
	else if (argc > 1)
		return cli_failed_because(argv[1], "not an option"), CLI_USAGE;
	figure("boot_to_prompt", started);
	int status = bench_memory();
	status |= bench_spawn();
	status |= bench_mutex();
	status |= bench_rpc();
	status |= bench_update();
	return status;
}
