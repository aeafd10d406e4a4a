/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control endpoint. The badge says which instance speaks; a call that is
 * to be answered later leaves its token in the instance.
 */
#include "boot.h"
#include "control.h"
#include "effects.h"
#include "end.h"
#include "update.h"

void
control_answer(uint64_t *token, uint64_t word0, uint64_t word1)
{
	struct message m = { .token = *token };
	m.word[0] = word0;
	m.word[1] = word1;
	*token = 0;
	if (insula_reply(HANDLE_MAIN_ENDPOINT, &m) != OK)
		return; /* ERR_TOKEN: the caller is gone, and somebody will say so */
}

static void
ready(struct process *p, const struct message *m)
{
	err_t error = (err_t)(int64_t)m->word[2];
	p->instance.ready_token = m->token;
	if (p->update != NULL && (p->flags & PROCESS_INVISIBLE) != 0) {
		update_ready(p, m->word[0], m->word[1], error);
		return;
	}
	control_answer(&p->instance.ready_token, READY_SERVE, p->pid);
	process_is_ready(p, error);
}

void
control_message(const struct message *m)
{
	struct process *p = process_by_instance(m->badge);
	uint64_t token = m->token;
	if (p == NULL) {
		control_answer(&token, 0, 0);
		return;
	}
	switch (m->label & LABEL_MASK) {
	case CONTROL_EXIT:
		process_exited(p, m->word[0]);
		break;
	case CONTROL_READY:
		ready(p, m);
		break;
	case CONTROL_REASON:
		update_reason(p, (const char *)m->word, sizeof m->word);
		control_answer(&token, 0, 0);
		break;
	case CONTROL_QUIESCED:
		p->instance.quiesced_token = token;
		update_quiesced(p, m->word[0] + m->word[1]);
		break;
	case CONTROL_RPC:
		/* Answered first: what follows waits for servers that the RPC insulator serves. */
		control_answer(&token, 0, 0);
		if (p->pid == PID_RPC && !rpc_is_up()) {
			boot_say("rpc: ", m->word[0], " connections are taken over");
			init_rpc();
		}
		break;
	case LABEL_FAULT: {
		/* From memory, which cannot be its own pager. */
		const struct process_fault_in fault = { .instance = m->badge,
			.kind = m->word[FAULT_WORD_KIND],
			.address = m->word[FAULT_WORD_ADDRESS],
			.access = m->word[FAULT_WORD_ACCESS],
			.pc = m->word[FAULT_WORD_PC],
			.sp = m->word[FAULT_WORD_SP],
			.esr = m->word[FAULT_WORD_ESR],
			.thread = m->word[FAULT_WORD_THREAD] };
		process_fault(&fault);
		break;
	}
	default:
		control_answer(&token, 0, 0);
	}
}
