/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scheduler as a user program (S29). Its threads' processor time is to be
 * in proportion to their shares; they have a low priority of their own, and run
 * because the scheduler, which is above everybody that it competes with, waits
 * with a deadline and lends its priority to one of them: the one that has had
 * the least for its share.
 *
 * F1: a member that is blocked is passed over; when it is back it begins at
 *     the others' level, so that it neither catches up nor has lost anything.
 * F2: what is left of a quantum whose member blocks goes to whoever is ready at
 *     the members' own priority; it is counted, and evened out later.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/syscall.h>
#include <insula/thread.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS 16u
#define SCHEDULER_PRIORITY 40
#define MEMBER_PRIORITY 5
#define QUANTUM_NS 1000000ull
#define MS_DEFAULT 400
#define SHARE_MAX 1000

static const char usage[] =
    "fairshare [--ms N] [--rest N] SHARE...   N ms of threads with these shares of the\n"
    "       processor; the N-th rests, blocked, in the second half";

struct member {
	uint64_t share;
	struct thread *thread;
	handle_t handle;
	uint64_t cpu_ns;   /* so far */
	uint64_t begin_ns; /* at the beginning of the half that is measured */
	uint64_t level_ns; /* cpu_ns that do not count: F1, per share */
	bool blocked;
};

static struct member member[MEMBERS];
static unsigned members;
static handle_t bell; /* nobody rings: only the deadline ends a quantum */
static volatile bool over;
static _Atomic unsigned resting; /* which member is to rest, from 1 on */
static uint64_t half_ns;

static void
hog(void *argument)
{
	const unsigned number = (unsigned)(uintptr_t)argument;
	while (!over)
		if (resting == number)
			(void)clock_sleep_ns(half_ns);
}

/* How far a member is: processor time for each unit of its share. */
static uint64_t
level_of(const struct member *m)
{
	return m->cpu_ns / m->share + m->level_ns;
}

static void
look(void)
{
	uint64_t least = UINT64_MAX;
	for (unsigned i = 0; i < members; i++) {
		struct thread_info info;
		struct member *m = &member[i];
		if (insula_thread_query(m->handle, &info) != OK)
			continue;
		const uint64_t state = info.state & 0xff;
		m->cpu_ns = info.cpu_ns;
		const bool was = m->blocked;
		m->blocked = state != THREAD_READY && state != THREAD_RUNNING;
		if (!m->blocked && !was && level_of(m) < least)
			least = level_of(m);
		if (!m->blocked && was)
			m->level_ns = UINT64_MAX; /* back: below */
	}
	for (unsigned i = 0; i < members; i++) {
		struct member *m = &member[i];
		if (m->level_ns == UINT64_MAX)
			m->level_ns = least == UINT64_MAX ? 0 : least - m->cpu_ns / m->share;
	}
}

static const struct member *
choose(void)
{
	const struct member *best = NULL;
	look();
	for (unsigned i = 0; i < members; i++)
		if (!member[i].blocked && (best == NULL || level_of(&member[i]) < level_of(best)))
			best = &member[i];
	return best;
}

/* One quantum for whoever it belongs to. */
static void
run_one(void)
{
	const struct member *m = choose();
	const uint64_t deadline = clock_now_ns() + QUANTUM_NS;
	struct message message = { .label = 0 };
	if (m != NULL)
		(void)insula_recv_lend(bell, deadline, m->handle, &message);
	else
		(void)insula_recv(bell, deadline, &message);
}

static void
print_half(const char *which)
{
	uint64_t total = 0, shares = 0;
	look();
	for (unsigned i = 0; i < members; i++) {
		total += member[i].cpu_ns - member[i].begin_ns;
		if (resting != i + 1)
			shares += member[i].share;
	}
	for (unsigned i = 0; i < members; i++) {
		struct member *m = &member[i];
		const uint64_t got = (m->cpu_ns - m->begin_ns) * 10000 / total;
		const uint64_t wanted = resting == i + 1 || shares == 0 ? 0
									: m->share * 10000 / shares;
		printf("%s member %u share %" PRIu64 " wanted %" PRIu64 ".%02u %% got %" PRIu64
		       ".%02u %%\n",
		    which, i + 1, m->share, wanted / 100, (unsigned)(wanted % 100), got / 100,
		    (unsigned)(got % 100));
		m->begin_ns = m->cpu_ns;
	}
}

static void
schedule(void *rests)
{
	for (int half = 0; half < 2; half++) {
		const uint64_t end = clock_now_ns() + half_ns;
		while (clock_now_ns() < end)
			run_one();
		print_half(half == 0 ? "first" : "second");
		resting = (unsigned)(uintptr_t)rests;
	}
	over = true;
}

static err_t
start_member(unsigned i)
{
	err_t err = thread_spawn_with(hog, (void *)(uintptr_t)(i + 1), MEMBER_PRIORITY, POLICY_FIFO,
	    16384, &member[i].thread);
	if (err == OK)
		member[i].handle = thread_handle(member[i].thread);
	return err;
}

static int
run(unsigned rests)
{
	struct thread *scheduler;
	err_t err = insula_endpoint_create(SELF, SELF, &bell);
	for (unsigned i = 0; i < members && err == OK; i++)
		err = start_member(i);
	if (err == OK)
		err = thread_spawn_with(schedule, (void *)(uintptr_t)rests, SCHEDULER_PRIORITY,
		    POLICY_FIFO, 32768, &scheduler);
	if (err != OK)
		return cli_failed("its threads", err);
	(void)thread_join(scheduler, NULL);
	for (unsigned i = 0; i < members; i++)
		(void)thread_join(member[i].thread, NULL);
	return 0;
}

/* A number from 1 to most, or the end. */
static uint64_t
number(const char *text, uint64_t most)
{
	char *end;
	const unsigned long n = strtoul(text, &end, 10);
	if (*text != '\0' && *end == '\0' && n >= 1 && n <= most)
		return n;
	fprintf(stderr, "fairshare: %s: not a number from 1 to %" PRIu64 "\n", text, most);
	exit(CLI_USAGE);
}

int
main(int argc, char **argv)
{
	uint64_t ms = MS_DEFAULT, rests = 0;
	int at = 1;
	cli_arguments(argc, argv, 1, 1000, usage);
	for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
		if (strcmp(argv[at], "--ms") == 0) {
			ms = number(argv[at + 1], 600000);
		} else if (strcmp(argv[at], "--rest") == 0) {
			rests = number(argv[at + 1], MEMBERS);
		} else {
			fprintf(stderr, "fairshare: %s: no such option\n", argv[at]);
			return CLI_USAGE;
		}
	}
	if (argc - at > (int)MEMBERS) {
		fprintf(stderr, "fairshare: %d shares: at most %u\n", argc - at, MEMBERS);
		return CLI_USAGE;
	}
	for (; at < argc; at++)
		member[members++].share = number(argv[at], SHARE_MAX);
	if (members == 0 || rests > members) {
		fprintf(stderr, "usage: %s\n", usage);
		return CLI_USAGE;
	}
	half_ns = ms * 1000000 / 2;
	return run((unsigned)rests);
}
