/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grants of the manifest, by name.
 */
#include <insula/process.h>
#include <string.h>

err_t
process_grant(const char *name, uint64_t *value, uint64_t *extra)
{
	const struct process_info *info = process_info();
	const uint32_t room = sizeof info->grant / sizeof info->grant[0];
	for (uint32_t i = 0; i < info->grants && i < room; i++) {
		if (strncmp(info->grant[i].name, name, sizeof info->grant[i].name) != 0)
			continue;
		if (value != NULL)
			*value = info->grant[i].value;
		if (extra != NULL)
			*extra = info->grant[i].extra;
		return OK;
	}
	return ERR_NOT_FOUND;
}
