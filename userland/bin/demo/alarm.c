/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The alarm of the reservoir, a process of its own.
 */
#include "demo.h"

#include <insula/clock.h>
#include <insula/rpc/server.h>
#include <insula/services/alarm.h>

RPC_DEFINE_SERVICE(ALARM, alarm)
RPC_DEFINE_SERVER(ALARM, alarm)

static struct alarm_status_out seen;

static err_t
on_ring(struct rpc_call *call, const struct alarm_ring_in *in, struct alarm_ring_out *out)
{
	(void)call, (void)out;
	seen.rang_ns = clock_now_ns();
	seen.armed_ns = in->armed_ns;
	seen.reached_ns = in->reached_ns;
	seen.rings++;
	return OK;
}

static err_t
on_status(struct rpc_call *call, const struct alarm_status_in *in, struct alarm_status_out *out)
{
	(void)call, (void)in;
	*out = seen;
	return OK;
}

static err_t
on_end(struct rpc_call *call, const struct alarm_end_in *in, struct alarm_end_out *out)
{
	(void)call, (void)in, (void)out;
	rpc_serve_end(0);
	return OK;
}

int
demo_alarm(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE(alarm) };
	return rpc_serve(services, 1, NULL);
}
