/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests of sporadic.c, for the list in init.c.
 */
#ifndef KERNEL_CALLS_THREADS_SPORADIC_H
#define KERNEL_CALLS_THREADS_SPORADIC_H

void S3_a_sporadic_threads_child_is_not_below_its_low_priority(void);
void S17_parameters_need_memory_of_the_threads_space(void);

#endif
