/* SPDX-License-Identifier: BSD-2-Clause */
/* The server with the small state, which is called small. */
