/* SPDX-License-Identifier: BSD-2-Clause */
/* Crashes before it is ready. */
#include "bad.h"

#define BAD_STATE(FIELD, ARRAY, RECORDS) FIELD(used, U64, 0)
STATE_ROOT(BAD_STATE, bad_state)
SERVER_PROGRAM_STATE(KV_NAME, VERSION, NOTE_RESTART, bad_state, BAD_STATE, 256 << 10)

int
main(void)
{
	*(volatile int *)0 = 1;
	return serve(NULL);
}
