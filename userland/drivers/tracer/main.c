/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of the kernel's trace: turns it on and off, and hands out what the
 * ring has. It reads records where the kernel wrote them and keeps none, so a
 * recording costs nobody anything but the ring.
 *
 * Grants: "trace" (the ring, read-only), "tracing" (firmware, for the trace).
 */
#include <insula/abi/call.h>
#include <insula/abi/trace.h>
#include <insula/process.h>
#include <insula/rpc/server.h>
#include <insula/services/trace.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(TRACE, trace)
RPC_DEFINE_SERVER(TRACE, trace)

static const volatile struct trace_header *ring;
static handle_t tracing;
static bool on;
static uint64_t first, end; /* of the recording; end is the present while it is on */

static err_t
turn(bool wanted)
{
	struct message m = { .label = FIRMWARE_TRACE, .word = { wanted } };
	err_t err = insula_call(tracing, TIME_NEVER, &m);
	if (err == OK)
		on = wanted;
	return err;
}

static uint64_t
end_now(void)
{
	return on ? ring->count : end;
}

/* The oldest record of the recording that no newer one has replaced. */
static uint64_t
oldest(void)
{
	const uint64_t count = ring->count, capacity = ring->mask + 1;
	const uint64_t kept = count > capacity ? count - capacity : 0;
	return kept > first ? kept : first;
}

static err_t
on_start(struct rpc_call *call, const struct trace_start_in *in, struct trace_start_out *out)
{
	(void)call, (void)in, (void)out;
	if (on)
		return ERR_STATE;
	first = ring->count;
	return turn(true);
}

static err_t
on_stop(struct rpc_call *call, const struct trace_stop_in *in, struct trace_stop_out *out)
{
	(void)call, (void)in, (void)out;
	if (!on)
		return ERR_STATE;
	err_t err = turn(false);
	end = ring->count;
	return err;
}

static err_t
on_state(struct rpc_call *call, const struct trace_state_in *in, struct trace_state_out *out)
{
	(void)call, (void)in;
	out->on = on;
	out->first = first;
	out->end = end_now();
	out->lost = oldest() - first;
	out->capacity = ring->mask + 1;
	out->clock_hz = process_info()->clock_hz;
	return OK;
}

static err_t
on_read(struct rpc_call *call, const struct trace_read_in *in, struct trace_read_out *out)
{
	(void)call;
	const volatile struct trace_record *record =
	    (const volatile void *)((const volatile char *)ring + TRACE_HEADER_BYTES);
	const uint64_t last = end_now();
	struct trace_record copy[sizeof out->records / TRACE_RECORD_BYTES];
	uint64_t number = in->number > oldest() ? in->number : oldest(), got = 0;
	while (got < sizeof copy / sizeof copy[0] && number + got < last) {
		copy[got] = record[(number + got) & ring->mask];
		got++;
	}
	/* What the kernel has written over meanwhile does not count. */
	const uint64_t gone = oldest() > number ? oldest() - number : 0;
	if (gone >= got) {
		out->number = oldest();
		return OK;
	}
	out->number = number + gone;
	out->records_length = (uint32_t)((got - gone) * TRACE_RECORD_BYTES);
	memcpy(out->records, &copy[gone], out->records_length);
	return OK;
}

static err_t
start(uint32_t kind)
{
	(void)kind;
	uint64_t address, handle;
	err_t err = process_grant("trace", &address, NULL);
	if (err == OK)
		err = process_grant("tracing", &handle, NULL);
	if (err != OK) {
		fprintf(
		    stderr, "tracer: the manifest does not grant it \"trace\" and \"tracing\"\n");
		return err;
	}
	ring = (const volatile struct trace_header *)address;
	tracing = (handle_t)handle;
	err = turn(false);
	first = end = ring->count;
	return err;
}

static const struct rpc_hooks hooks = { .start = start };

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE(trace) };
	return rpc_serve(services, 1, &hooks);
}
