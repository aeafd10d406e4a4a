/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flow-control valve of the reservoir, a process of its own.
 */
#include "demo.h"

#include <insula/clock.h>
#include <insula/rpc/server.h>
#include <insula/services/valve.h>

RPC_DEFINE_SERVICE(VALVE, valve)
RPC_DEFINE_SERVER(VALVE, valve)

static struct valve_status_out is;

static err_t
on_open(struct rpc_call *call, const struct valve_open_in *in, struct valve_open_out *out)
{
	(void)call, (void)out;
	if (in->percent > 100)
		return ERR_ARGUMENT;
	is.since_ns = clock_now_ns();
	is.percent = in->percent;
	return OK;
}

static err_t
on_status(struct rpc_call *call, const struct valve_status_in *in, struct valve_status_out *out)
{
	(void)call, (void)in;
	*out = is;
	return OK;
}

static err_t
on_end(struct rpc_call *call, const struct valve_end_in *in, struct valve_end_out *out)
{
	(void)call, (void)in, (void)out;
	rpc_serve_end(0);
	return OK;
}

int
demo_valve(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE(valve) };
	return rpc_serve(services, 1, NULL);
}
