/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `ps` and `caps` show: processes, their threads, their authority in words.
 */
#ifndef PM_SHOW_H
#define PM_SHOW_H

#include "wire.h"

void show_process(uint64_t after, struct process_list_out *out);
/* ERR_NO_PROCESS, ERR_NOT_FOUND: no such thread. */
MUST_CHECK err_t show_thread(uint64_t pid, uint64_t index, struct process_thread_info_out *out);
/* ERR_NO_PROCESS. */
MUST_CHECK err_t show_cap(uint64_t pid, uint64_t index, struct process_caps_out *out);

#endif
