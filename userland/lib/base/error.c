/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors as people read them.
 */
#include <insula/process.h>

const char *
err_text(err_t err)
{
	switch (err) {
#define E(number, name, text) \
	case name:            \
		return text;
		ERROR_LIST(E)
#undef E
	}
	return "an error without a name";
}

const char *
err_name(err_t err)
{
	switch (err) {
#define E(number, name, text) \
	case name:            \
		return #name;
		ERROR_LIST(E)
#undef E
	}
	return "ERR_?";
}
