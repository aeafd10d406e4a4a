/* SPDX-License-Identifier: BSD-2-Clause */
/* Has no room for what its field must take over. */
#include "bad.h"

#define BAD_STATE(FIELD, ARRAY, RECORDS) FIELD(clients, U8, 0)
STATE_ROOT(BAD_STATE, bad_state)
SERVER_PROGRAM_STATE(KV_NAME, VERSION, NOTE_RESTART, bad_state, BAD_STATE, 256 << 10)

int
main(void)
{
	return serve(NULL);
}
