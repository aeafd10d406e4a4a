/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware: an endpoint that the kernel answers itself.
 */
#ifndef INSULA_CORE_FIRMWARE_H
#define INSULA_CORE_FIRMWARE_H

#include "ipc/endpoint.h"

extern struct endpoint firmware_endpoint;

/*
 * A call to it: x3 to x11 the message, and the badge of the capability, which
 * if it is not 0 has a bit for each label that it is good for. OK, ERR_RIGHTS,
 * or ERR_CALL for an unknown label.
 */
MUST_CHECK err_t firmware_call(uint64_t *x, uint64_t badge);

#endif
