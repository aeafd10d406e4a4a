/* SPDX-License-Identifier: BSD-2-Clause */
/* Has no room for what its field must take over. */
#define BAD_STATE(FIELD, ARRAY, RECORDS) FIELD(clients, U8, 0)
#include "bad.h"

int
main(void)
{
	return serve(NULL);
}
