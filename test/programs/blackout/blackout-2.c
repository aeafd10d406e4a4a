/* SPDX-License-Identifier: BSD-2-Clause */
/* The server with the large state, which is called large. */
