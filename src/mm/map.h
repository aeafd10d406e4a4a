/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping: pages of the caller's own space are mapped onward, with at most the
 * rights they have there; of home's pages any of R, RW, RX. A mapping's
 * maximum is what it was made with: protect moves below it.
 */
#ifndef INSULA_MM_MAP_H
#define INSULA_MM_MAP_H

#include "mm/space.h"

err_t call_map(struct thread *caller, uint64_t *x);
err_t call_unmap(struct thread *caller, uint64_t *x);
err_t call_protect(struct thread *caller, uint64_t *x);

/*
 * For boot: map frames that are HOME. The address must be free and the fund
 * must do; panics if not.
 */
void map_boot_page(struct space *space, uint64_t address, uint64_t physical, uint32_t prot);

/*
 * At a space's death: unmap from death_address on, a bounded number of pages,
 * and give the tables back; true when nothing is mapped any more. No
 * translation of the space may be cached.
 */
MUST_CHECK bool map_destroy_step(struct space *space);

#endif
