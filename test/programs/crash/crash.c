/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dies in the way it is told to: each is a fault of another kind.
 */
#include <insula/abi/layout.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const int constant = 1;

static void
null_pointer(void)
{
	*(volatile int *)0 = 1;
}

static void
unmapped(void)
{
	(void)*(volatile int *)(PRIVATE_END / 2);
}

static void
read_only(void)
{
	*(volatile int *)(uintptr_t)&constant = 2;
}

static void
execute_data(void)
{
	static uint32_t code[] = { 0xd65f03c0 }; /* ret */
	void (*call)(void);
	void *address = code;
	memcpy(&call, &address, sizeof call);
	call();
}

static void
kernel(void)
{
	(void)*(volatile int *)0xffffff8000000000ull;
}

static void
undefined(void)
{
	__asm__ volatile(".inst 0");
}

static void
unknown_call(void)
{
	__asm__ volatile("svc #999" ::: "x0", "memory");
}

static void
foreign_call(void)
{
	__asm__ volatile("svc #0" ::: "x0", "memory");
}

/* Recursion without end, but for a depth that the compiler cannot know of. */
static volatile unsigned deepest = 0xffffffffu;

static unsigned
overflow(unsigned depth)
{
	volatile char frame[512];
	frame[0] = (char)depth;
	if (depth == deepest)
		return 0;
	return overflow(depth + 1) + (unsigned)frame[0];
}

static void
stack(void)
{
	printf("%u\n", overflow(0));
}

static void *
overflow_thread(void *argument)
{
	stack();
	return argument;
}

static void
thread_stack(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, overflow_thread, NULL) == 0)
		pthread_join(thread, NULL);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*die)(void);
	} ways[] = {
		{ "null", null_pointer },
		{ "unmapped", unmapped },
		{ "read-only", read_only },
		{ "execute", execute_data },
		{ "kernel", kernel },
		{ "undefined", undefined },
		{ "call", unknown_call },
		{ "svc0", foreign_call },
		{ "stack", stack },
		{ "thread-stack", thread_stack },
	};
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (argc > 1 && strcmp(argv[1], ways[i].name) == 0)
			ways[i].die();
	fprintf(stderr,
	    "usage: crash null|unmapped|read-only|execute|kernel|undefined|call|svc0|stack|"
	    "thread-stack\n");
	return 2;
}
