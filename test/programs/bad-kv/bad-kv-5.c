/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a number of each key for one that has a sign. */
#include <insula/state/schema.h>

#define BAD_ENTRY(FIELD, ARRAY) FIELD(key, U64, 0) FIELD(value, I64, 0)
STATE_RECORD(BAD_ENTRY, bad_entry)
#define BAD_STATE(FIELD, ARRAY, RECORDS) RECORDS(entry, bad_entry, BAD_ENTRY, 2048)
#include "bad.h"

int
main(void)
{
	return serve(NULL);
}
