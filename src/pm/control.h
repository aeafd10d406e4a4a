/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control endpoint: what instances say about themselves (EXIT, READY,
 * QUIESCED), and memory's own faults.
 */
#ifndef PM_CONTROL_H
#define PM_CONTROL_H

#include <insula/syscall.h>

/* A message to the main endpoint; answered here, now or when its turn comes. */
void control_message(const struct message *m);

/* Answer a call that was kept; the token is then 0. A caller that is gone is no error. */
void control_answer(uint64_t *token, uint64_t word0, uint64_t word1);

#endif
