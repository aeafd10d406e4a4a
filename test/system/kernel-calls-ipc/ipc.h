/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this program share: an endpoint, threads that call and
 * serve there, and the tests of all files for the list in init.c.
 */
#ifndef KERNEL_CALLS_IPC_H
#define KERNEL_CALLS_IPC_H

#include "threads.h"

extern handle_t ep;            /* the endpoint of the test that runs now */
extern struct message seen[8]; /* what workers received */
extern volatile unsigned seen_count;

void begin_test(void);
void end_test(void);

/* A message with eight words from `first` on; whether one has them. */
struct message words(uint64_t label, uint64_t first);
bool words_are(const struct message *m, uint64_t first);

/* Serves for ever with reply_recv, adding 1 to the first word. */
void serve(struct worker *self);
/* Calls with its argument as first word, and keeps the status. */
void call_once(struct worker *self);
/* Receives, and keeps status and message. */
void receive_once(struct worker *self);

/* notifications.c */
void C9_bits_accumulate_and_are_cleared_as_they_are_returned(void);
void C9_a_message_and_bits_come_together(void);
void C9_a_waiting_receiver_is_woken_with_all_bits(void);
void C9_notify_never_blocks_the_notifier(void);
void notify_recv_notifies_and_then_receives(void);

/* deadlines.c */
void C10_a_call_that_nobody_receives_ends_at_its_deadline_without_effect(void);
void C10_a_call_that_nobody_answers_ends_at_its_deadline_and_its_token_is_dead(void);
void C10_a_receive_ends_at_its_deadline(void);
void C10_deadlines_end_in_their_order(void);
void a_deadline_that_has_passed_is_refused_at_once(void);
void C12_a_ring_of_calls_ends_at_its_deadlines(void);
void C12_a_thread_that_calls_itself_ends_at_its_deadline(void);

/* tokens.c */
void C11_a_reply_right_works_once(void);
void C11_a_token_that_was_never_given_is_refused(void);
void C11_a_token_means_nothing_at_another_endpoint(void);
void C11_a_token_dies_with_its_caller(void);
void C11_answers_may_be_deferred_and_given_in_any_order(void);
void a_reply_can_be_given_by_any_thread_that_may_receive_there(void);

/* endings.c */
void C7_abort_wakes_every_caller_once_with_an_error_and_no_receiver(void);
void C7_destroying_an_endpoint_wakes_everybody_once_with_an_error(void);
void C7_every_call_that_waits_is_ended_by_destruction(void);
void every_call_that_waits_can_be_interrupted(void);

/* capabilities.c */
void a_capability_travels_with_a_message_to_a_receiver_that_accepts_it(void);
void a_capability_that_is_not_accepted_is_not_delivered_and_flagged(void);
void a_capability_travels_to_a_receiver_that_comes_later(void);
void a_capability_travels_with_an_answer(void);

/* refusals.c */
void an_ack_needs_an_interrupt_thread(void);
void firmware_refuses_what_it_does_not_know(void);
void recv_lend_is_refused(void);
void wrong_handles_are_refused(void);
void where_threads_wait_with_recv_lend_no_other_receives(void);
void a_bell_that_cannot_be_rung_is_refused_before_anything_is_received(void);
void endpoint_create_is_refused(void);

#endif
