/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware: an endpoint that the kernel answers itself.
 */
#ifndef INSULA_CORE_FIRMWARE_H
#define INSULA_CORE_FIRMWARE_H

#include "ipc/endpoint.h"

extern struct endpoint firmware_endpoint;

/* A call to it: x3 to x11 the message; the answer is OK, or ERR_CALL for an unknown label. */
MUST_CHECK err_t firmware_call(const uint64_t *x);

#endif
