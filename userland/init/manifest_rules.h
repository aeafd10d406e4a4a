/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The properties that a process may have in the manifest. scripts/manifest-check
 * reads the same list, so keep one rule to a line.
 *
 *   name, kind (TEXT, LIST, NUMBER, MARK), least and most (of a text or list the
 *   bytes, terminators included; of a number its value), who: ALL, FIRST (the
 *   five that init builds), LATER (the others), required or not
 */
#ifndef INIT_MANIFEST_RULES_H
#define INIT_MANIFEST_RULES_H

#define MANIFEST_RULES(R)                                                  \
	R(binary, "binary", TEXT, 7, 96, ALL, REQUIRED)                    \
	R(service, "service", TEXT, 2, 32, ALL, OPTIONAL)                  \
	R(arguments, "arguments", LIST, 1, 400, LATER, OPTIONAL)           \
	R(priority, "priority", NUMBER, 1, 255, ALL, REQUIRED)             \
	R(policy, "policy", TEXT, 3, 6, ALL, OPTIONAL)                     \
	R(stack, "stack", NUMBER, 4096, 1048576, ALL, REQUIRED)            \
	R(heap_pages, "heap-pages", NUMBER, 0, 4096, FIRST, OPTIONAL)      \
	R(quota_pages, "quota-pages", NUMBER, 8, 1048576, ALL, REQUIRED)   \
	R(space_fund, "space-fund", NUMBER, 8, 1024, ALL, OPTIONAL)        \
	R(estate_fund, "estate-fund", NUMBER, 4, 1024, ALL, OPTIONAL)      \
	R(device, "device", LIST, 2, 128, LATER, OPTIONAL)                 \
	R(device_optional, "device-optional", MARK, 0, 0, LATER, OPTIONAL) \
	R(interrupt, "interrupt", NUMBER, 0, 63, LATER, OPTIONAL)          \
	R(grants, "grants", LIST, 1, 256, ALL, OPTIONAL)                   \
	R(calls, "calls", LIST, 1, 128, FIRST, OPTIONAL)                   \
	R(after, "after", LIST, 1, 256, LATER, OPTIONAL)                   \
	R(restart, "restart", MARK, 0, 0, LATER, OPTIONAL)                 \
	R(essential, "essential", MARK, 0, 0, LATER, OPTIONAL)             \
	R(on_demand, "on-demand", MARK, 0, 0, LATER, OPTIONAL)             \
	R(privileged, "privileged", MARK, 0, 0, LATER, OPTIONAL)

/*
 * The grants that a program of ours cannot do without, by its binary: for a line
 * that names them before anything runs. scripts/manifest-check reads this, too.
 */
#define MANIFEST_NEEDS(N)                          \
	N("/boot/console", "uart", device)         \
	N("/boot/console", "uart-irq", irq)        \
	N("/boot/archive", "archive", archive)     \
	N("/boot/mailbox", "mailbox", mailbox)     \
	N("/boot/mailbox", "buffer", dma)          \
	N("/boot/hangwatch", "firmware", firmware) \
	N("/boot/tracer", "trace", trace)          \
	N("/boot/tracer", "tracing", tracing)      \
	N("/boot/reservoir", "reached", irq)       \
	N("/boot/reservoir", "registers", device)  \
	N("/boot/upload", "area", device)

/* Where a number is not given. */
#define MANIFEST_SPACE_FUND 8 /* memory adds what a birth lacks */
#define MANIFEST_ESTATE_FUND 5

#endif
