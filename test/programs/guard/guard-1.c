/* SPDX-License-Identifier: BSD-2-Clause */
/* The insulator that is called guard. */
