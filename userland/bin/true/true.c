/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does nothing, successfully: the smallest program there is.
 */
int
main(void)
{
	return 0;
}
