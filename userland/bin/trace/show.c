/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recording, written out.
 */
#include "trace.h"

#include <insula/abi/types.h>
#include <insula/process.h>
#include <inttypes.h>
#include <stdio.h>

#define PRIORITY(word) ((unsigned)((word)&0xff))

static const char *
state_text(uint64_t word)
{
	static const char *const texts[] = {
#define S(number, name, text) [number] = text,
		THREAD_STATE_LIST(S)
#undef S
	};
	const uint64_t state = word >> 32 & 0xff;
	return state < sizeof texts / sizeof texts[0] ? texts[state] : "?";
}

static const char *
event_text(enum trace_event event)
{
	static const char *const texts[] = {
#define E(number, name, text) [number] = text,
		TRACE_EVENT_LIST(E)
#undef E
	};
	return (size_t)event < sizeof texts / sizeof texts[0] ? texts[event] : "?";
}

static void
show_record(const struct trace_record *r, const struct names *names, uint64_t ns)
{
	char thread[THREAD_NAME_BYTES], other[THREAD_NAME_BYTES];
	const enum trace_event event = record_event(r);
	names_text(names, r->thread, thread);
	names_text(names, event == TRACE_BLOCKED ? (uint32_t)r->value : r->other, other);
	printf("%10" PRIu64 ".%03u %-9s ", ns / 1000, (unsigned)(ns % 1000), event_text(event));
	switch (event) {
	case TRACE_SWITCH:
		printf("%s (%s, %u) -> %s (%u)\n", thread, state_text(r->word), PRIORITY(r->word),
		    other, PRIORITY(r->value));
		break;
	case TRACE_BLOCKED:
		printf(
		    "%s (%s, %u) on %s\n", thread, state_text(r->word), PRIORITY(r->word), other);
		break;
	case TRACE_PRIORITY:
		printf("%s (%s) %u, real %u\n", thread, state_text(r->word), PRIORITY(r->word),
		    (unsigned)r->value);
		break;
	case TRACE_START:
		printf("%s (%u) of instance %" PRIu64 "\n", thread, PRIORITY(r->word), r->value);
		break;
	case TRACE_END:
		printf("%s: %s\n", thread, err_text((err_t)r->value));
		break;
	case TRACE_INTERRUPT:
		if (r->value == TRACE_TIMER)
			printf("timer, at %s\n", thread);
		else
			printf("line %" PRIu64 ", at %s\n", r->value, thread);
		break;
	default:
		printf("%s (%s, %u)\n", thread, state_text(r->word), PRIORITY(r->word));
		break;
	}
}

static uint64_t
ns_of(const struct recording *r, uint64_t ticks)
{
	return ticks / r->clock_hz * 1000000000ull +
	    ticks % r->clock_hz * 1000000000ull / r->clock_hz;
}

void
show_recording(const struct recording *r, const struct names *names)
{
	if (r->lost != 0)
		printf("(%" PRIu64 " earlier records are lost: the ring holds the last %zu)\n",
		    r->lost, r->count);
	for (size_t i = 0; i < r->count; i++)
		show_record(
		    &r->record[i], names, ns_of(r, r->record[i].ticks - r->record[0].ticks));
}

void
dump_recording(const struct recording *r, const struct names *names)
{
	printf("trace 1 hz %" PRIu64 " first %" PRIu64 " count %zu lost %" PRIu64 "\n", r->clock_hz,
	    r->first, r->count, r->lost);
	for (size_t i = 0; i < names->threads; i++) {
		const struct known_thread *t = &names->thread[i];
		char text[THREAD_NAME_BYTES];
		names_text(names, t->identity, text);
		printf("thread %u %u %u %s\n", (unsigned)t->identity, (unsigned)t->pid,
		    (unsigned)t->index, text);
	}
	for (size_t i = 0; i < r->count; i++) {
		const struct trace_record *t = &r->record[i];
		printf("r %" PRIx64 " %x %x %" PRIx64 " %" PRIx64 "\n", t->ticks,
		    (unsigned)t->thread, (unsigned)t->other, t->word, t->value);
	}
	printf("trace end\n");
}
