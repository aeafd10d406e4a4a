/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pathnames as text: what a path is called when `.`, `..` and double slashes are gone.
 */
#ifndef INSULA_PATH_H
#define INSULA_PATH_H

#include <insula/abi/error.h>

#define PATH_BYTES 96 /* with the NUL */

/*
 * Make an absolute path without `.`, `..`, empty components and trailing
 * slash; the root is "/", and its parent is itself. A relative path continues
 * `directory`, which is normalised.
 *
 * Returns   OK, or, with `normal` undefined,
 *           ERR_ARGUMENT  the path is empty
 *           ERR_TOO_LONG  it has no NUL within its array, or the result has no room
 */
MUST_CHECK err_t path_normalise(
    const char *directory, const char path[PATH_BYTES], char normal[PATH_BYTES]);

/*
 * The path of a program that a person names: one without a slash is in /boot. Normalised.
 * Errors: as path_normalise.
 */
MUST_CHECK err_t path_of_program(const char *name, char normal[PATH_BYTES]);

#endif
