/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server whose version 1 never comes back from one of its calls: what its
 * versions differ in.
 */
#ifndef TEST_STUBBORN_H
#define TEST_STUBBORN_H

/* In the middle of a call, whose first write to the state is done. */
void hang(void);

#endif
