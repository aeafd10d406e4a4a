/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps fewer keys. */
#include <insula/state/schema.h>

#define BAD_ENTRY(FIELD, ARRAY) FIELD(value, U64, 0) FIELD(key, U64, 0)
STATE_RECORD(BAD_ENTRY, bad_entry)
#define BAD_STATE(FIELD, ARRAY, RECORDS) RECORDS(entry, bad_entry, BAD_ENTRY, 1)
#include "bad.h"

int
main(void)
{
	return serve(NULL);
}
