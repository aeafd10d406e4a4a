/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists a directory: kind, bytes, name.
 */
#include <insula/cli.h>
#include <insula/files.h>
#include <inttypes.h>
#include <stdio.h>

static int
list(const char *path)
{
	struct insula_name name;
	for (uint64_t n = 0;; n++) {
		err_t err = file_list(path, n, &name);
		if (err != OK)
			return cli_failed(path, err);
		if (name.kind == FILE_NONE)
			return 0;
		printf("%c %8" PRIu64 " %s\n", name.kind == FILE_DIRECTORY ? 'd' : '-', name.bytes,
		    name.name);
	}
}

int
main(int argc, char **argv)
{
	cli_arguments(argc, argv, 0, 1, "ls [PATH]");
	const char *path = argc > 1 ? argv[1] : "/";
	struct insula_file file;
	err_t err = file_open(path, &file);
	if (err == OK && file.kind == FILE_REGULAR) {
		printf("- %8" PRIu64 " %s\n", file.bytes, path);
		return 0;
	}
	return list(path);
}
