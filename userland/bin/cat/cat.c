/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints files one after the other; without any, what is typed.
 */
#include <insula/cli.h>
#include <insula/files.h>
#include <stdio.h>

static int
copy_file(const char *path)
{
	struct insula_file file;
	char text[512];
	size_t got;
	err_t err = file_open(path, &file);
	if (err != OK)
		return cli_failed(path, err);
	if (file.kind != FILE_REGULAR)
		return cli_failed_because(path, "is a directory");
	for (uint64_t at = 0; at < file.bytes; at += got) {
		err = file_read(&file, at, text, sizeof text, &got);
		if (err != OK)
			return cli_failed(path, err);
		if (got == 0)
			return cli_failed_because(path, "ended early");
		fwrite(text, 1, got, stdout);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	int status = 0;
	int c;
	cli_arguments(argc, argv, 0, 64, "cat [FILE...]");
	for (int i = 1; i < argc; i++)
		status |= copy_file(argv[i]);
	if (argc == 1)
		while ((c = getchar()) != EOF)
			putchar(c);
	return status;
}
