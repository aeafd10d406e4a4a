/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server by its note that never offers anything: it ends after 4 seconds.
 */
#include <insula/clock.h>
#include <insula/state/schema.h>

SERVER_PROGRAM("mute", 1, 0)

int
main(void)
{
	(void)clock_sleep_ns(4000000000);
	return 9;
}
