/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests of waits.c, sporadic.c and spaces.c, for the list in init.c.
 */
#ifndef KERNEL_SCHED_WAITS_H
#define KERNEL_SCHED_WAITS_H

void C3_an_endpoint_can_opt_out_of_inheritance(void);
void C6_every_way_to_be_blocked_can_be_told_apart(void);
void C6_sleep_ends_at_its_deadline_and_can_be_interrupted(void);
void C8_a_mutexs_owner_runs_at_its_highest_waiters_priority(void);
void C8_the_boost_ends_with_timeout_and_death(void);
void S29_a_scheduler_at_user_level_chooses_who_runs(void);
void S17_S23_a_sporadic_hog_gets_its_budget_per_period_and_no_more(void);
void S3_S23_a_sporadic_thread_and_its_child_get_a_budget_each(void);
void S24_sporadic_parameters_that_make_no_sense_are_refused(void);
void S26_a_switch_within_a_process_does_not_switch_the_address_space(void);

#endif
