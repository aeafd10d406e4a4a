/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a command line apart, in one pass over its bytes.
 */
#include "parse.h"

#include <string.h>

struct parser {
	const char *at;
	struct command_line *out;
	size_t text_used;
	unsigned words_used; /* of out->word, the NULLs included */
	unsigned words;      /* of the command being read */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *
put_byte(struct parser *parser, char byte)
{
	if (parser->text_used >= PARSE_BYTES)
		return "the line is too long";
	parser->out->text[parser->text_used++] = byte;
	return NULL;
}

/* Read what stands between quotes; at is behind the opening one. */
static const char *
read_quoted(struct parser *parser, char quote)
{
	while (*parser->at != quote) {
		if (*parser->at == '\0')
			return quote == '"' ? "a \" is not closed" : "a ' is not closed";
		if (quote == '"' && *parser->at == '\\' &&
		    (parser->at[1] == '"' || parser->at[1] == '\\'))
			parser->at++;
		const char *wrong = put_byte(parser, *parser->at++);
		if (wrong != NULL)
			return wrong;
	}
	parser->at++;
	return NULL;
}

static const char *
read_word(struct parser *parser)
{
	if (parser->words_used >= PARSE_WORDS)
		return "too many words on the line";
	parser->out->word[parser->words_used++] = parser->out->text + parser->text_used;
	parser->words++;
	while (*parser->at != '\0' && !is_blank(*parser->at) && *parser->at != ';' &&
	    *parser->at != '&') {
		const char *wrong;
		char byte = *parser->at++;
		if (byte == '\'' || byte == '"') {
			wrong = read_quoted(parser, byte);
		} else {
			if (byte == '\\') {
				if (*parser->at == '\0')
					return "the line ends in a backslash";
				byte = *parser->at++;
			}
			wrong = put_byte(parser, byte);
		}
		if (wrong != NULL)
			return wrong;
	}
	return put_byte(parser, '\0');
}

static const char *
end_command(struct parser *parser, bool background)
{
	struct command_line *out = parser->out;
	if (out->commands >= PARSE_COMMANDS)
		return "too many commands on the line";
	struct command *command = &out->command[out->commands++];
	command->word = &out->word[parser->words_used - parser->words];
	command->words = parser->words;
	command->background = background;
	out->word[parser->words_used++] = NULL;
	parser->words = 0;
	return NULL;
}

static const char *
parse_all(struct parser *parser)
{
	const char *wrong = NULL;
	while (wrong == NULL) {
		while (is_blank(*parser->at))
			parser->at++;
		char c = *parser->at;
		if (c == '\0' || c == '#') {
			return parser->words > 0 ? end_command(parser, false) : NULL;
		} else if (c == ';' || c == '&') {
			parser->at++;
			if (parser->words == 0)
				return c == ';' ? "no command before ;" : "no command before &";
			wrong = end_command(parser, c == '&');
		} else {
			wrong = read_word(parser);
		}
	}
	return wrong;
}

const char *
parse_line(const char *line, struct command_line *out)
{
	struct parser parser = { .at = line, .out = out };
	out->commands = 0;
	const char *wrong = parse_all(&parser);
	if (wrong != NULL)
		out->commands = 0;
	return wrong;
}
