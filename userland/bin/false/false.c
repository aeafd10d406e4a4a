/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does nothing, unsuccessfully.
 */
int
main(void)
{
	return 1;
}
