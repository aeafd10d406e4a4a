/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Computes for ever, until it is killed.
 */
int
main(void)
{
	volatile unsigned long n = 0;
	for (;;)
		n++;
}
