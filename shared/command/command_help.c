/* command_help.c - see command_help.h. */
#include "command/command_help.h"

#include <string.h>

#define HELP_COLUMN 26 /* where explanations start */

static void
put_padded(const char *text, size_t n, const char *help, FILE *to)
{
	fprintf(to, "  %s%*s%s\n", text, (int)(n + 2 < HELP_COLUMN ? HELP_COLUMN - n - 2 : 2), "",
		help);
}

static const struct command *
row_of(const struct command_noun *noun, size_t i)
{
	for (size_t row = 0; row < command_count; row++)
		if (strcmp(command_table[row].noun, noun->name) == 0 &&
		    !command_table[row].is_hidden && i-- == 0)
			return &command_table[row];
	return NULL;
}

void
command_help_overview(FILE *to)
{
	fputs("usage: relaycli [FLAGS] NOUN [VERB] [ARGS]     (nothing, on a terminal: a "
	      "shell)\n\n",
	      to);
	for (size_t i = 0; i < command_noun_count; i++) {
		const struct command *row;
		char verbs[128] = "";
		size_t n = 0;

		for (size_t v = 0; (row = row_of(&command_nouns[i], v)) != NULL && row->verb; v++)
			n += (size_t)snprintf(verbs + n, n < sizeof verbs ? sizeof verbs - n : 0,
					      "%s%s", v ? "|" : "", row->verb);
		fprintf(to, "  %-11s %s%s%s%s\n", command_nouns[i].name, command_nouns[i].help,
		        n ? ": " : "", n ? verbs : "", "");
	}
	fputs("\nEverywhere:\n", to);
	for (const struct command_flag *flag = command_global_flags; flag->name; flag++) {
		char left[64];
		int n = snprintf(left, sizeof left, "%s%c%s--%s%s%s", flag->letter ? "-" : "",
				 flag->letter ? flag->letter : ' ', flag->letter ? ", " : "   ",
				 flag->name, flag->value ? " " : "",
				 flag->value ? flag->value : "");

		put_padded(left, (size_t)n, flag->help, to);
	}
	fputs("\n\"relaycli help NOUN\" and \"relaycli NOUN VERB --help\" say more.\n", to);
}

static void
put_arg(const struct command_arg *arg, FILE *to)
{
	fprintf(to, " %s%s%s%s", arg->min ? "" : "[", arg->name, arg->max > 1 ? "..." : "",
	        arg->min ? "" : "]");
}

void
command_help_usage(const struct command *command, FILE *to)
{
	fprintf(to, "%s%s%s", command->noun, command->verb ? " " : "",
	        command->verb ? command->verb : "");
	for (size_t i = 0; i < 3 && command->arg[i].name; i++)
		put_arg(&command->arg[i], to);
	for (const struct command_flag *flag = command->flag; flag && flag->name; flag++)
		fprintf(to, " [--%s%s%s]", flag->name, flag->value ? " " : "",
		        flag->value ? flag->value : "");
}

void
command_help_noun(const struct command_noun *noun, FILE *to)
{
	const struct command *row;

	fprintf(to, "%s: %s\n\n", noun->name, noun->help);
	for (size_t i = 0; (row = row_of(noun, i)) != NULL; i++) {
		fputs("  relaycli ", to);
		command_help_usage(row, to);
		fprintf(to, "\n      %s\n", row->help);
	}
	if (noun->alias)
		fprintf(to, "\nShort form: %s\n", noun->alias);
}

static const char *const danger_words[] = {
	[COMMAND_SAFE] = NULL,
	[COMMAND_ADDS] = "Changes something; asks nothing.",
	[COMMAND_MILD] = "Changes something that can be undone; asks nothing.",
	[COMMAND_MODERATE] =
		"Asks yes or no on a terminal; elsewhere it wants --yes (else exit 6).",
	[COMMAND_SEVERE] =
		"Asks for the name to be typed; elsewhere it wants --yes or --confirm=NAME "
		"(else exit 6).",
};

void
command_help_command(const struct command *command, FILE *to)
{
	const struct command_flag *flag;
	size_t globals = 0;

	while (command_flag_at(NULL, globals))
		globals++;
	fputs("usage: relaycli ", to);
	command_help_usage(command, to);
	fprintf(to, "\n\n%s.\n", command->help);
	if (danger_words[command->danger])
		fprintf(to, "%s\n", danger_words[command->danger]);
	for (size_t i = 0; (flag = command_flag_at(command, i)) != NULL; i++) {
		char left[64];
		int n;

		if (flag == command_global_flags)
			break;
		if (i == 0)
			fputc('\n', to);
		n = snprintf(left, sizeof left, "%s%c%s--%s%s%s", flag->letter ? "-" : "",
			     flag->letter ? flag->letter : ' ', flag->letter ? ", " : "   ",
			     flag->name, flag->value ? " " : "", flag->value ? flag->value : "");
		put_padded(left, (size_t)n, flag->help, to);
	}
	if (command->example)
		fprintf(to, "\n  relaycli %s\n", command->example);
	fprintf(to, "\nThe %zu flags that work everywhere: relaycli help\n", globals);
}

/* roff_text - a hyphen is typed, a leading dot is no request. */
static void
roff_text(const char *text, FILE *to)
{
	for (const char *p = text; *p; p++) {
		if (*p == '-')
			fputs("\\-", to);
		else if (*p == '\\')
			fputs("\\e", to);
		else
			fputc(*p, to);
	}
}

static void
roff_command(const struct command *command, FILE *to)
{
	fputs(".TP\n.B ", to);
	roff_text(command->noun, to);
	fputc(' ', to);
	roff_text(command->verb ? command->verb : "", to);
	fputs("\n", to);
	for (size_t i = 0; i < 3 && command->arg[i].name; i++)
		fprintf(to, "\\fI%s\\fR%s ", command->arg[i].name,
			command->arg[i].max > 1 ? "..." : "");
	for (const struct command_flag *flag = command->flag; flag && flag->name; flag++) {
		fputs("[\\fB\\-\\-", to);
		roff_text(flag->name, to);
		fprintf(to, "\\fR%s%s] ", flag->value ? " " : "", flag->value ? flag->value : "");
	}
	fputs("\n.br\n", to);
	roff_text(command->help, to);
	fputs(".\n", to);
}

void
command_help_roff(FILE *to)
{
	fputs(".SH COMMANDS\n", to);
	for (size_t i = 0; i < command_count; i++)
		if (!command_table[i].is_hidden)
			roff_command(&command_table[i], to);
	fputs(".SH OPTIONS\n", to);
	for (const struct command_flag *flag = command_global_flags; flag->name; flag++) {
		fputs(".TP\n.B \\-\\-", to);
		roff_text(flag->name, to);
		fprintf(to, "%s%s\n", flag->value ? " " : "", flag->value ? flag->value : "");
		roff_text(flag->help, to);
		fputs("\n", to);
	}
}

void
command_help_bash(FILE *to)
{
	/* bash cuts words at : and =, relaycli does not: it gets the line's own words,
	 * and bash gets back what comes after the last : or = */
	fputs("# relaycli's completion for bash; the words come from relaycli itself\n"
	      "_relaycli()\n"
	      "{\n"
	      "\tlocal IFS=$' \\t\\n' line=${COMP_LINE:0:COMP_POINT} current\n"
	      "\tlocal -a typed\n"
	      "\tread -ra typed <<<\"$line\"\n"
	      "\t[[ $line == *[[:space:]] ]] && typed+=(\"\")\n"
	      "\tcurrent=${typed[${#typed[@]}-1]}\n"
	      "\tIFS=$'\\n'\n"
	      "\tCOMPREPLY=($(relaycli completion words -- \"${typed[@]:1}\" 2>/dev/null | "
	      "cut -f1))\n"
	      "\t[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace\n"
	      "\tCOMPREPLY=(\"${COMPREPLY[@]#\"${current%\"${current##*[=:]}\"}\"}\")\n"
	      "\treturn 0\n"
	      "}\n"
	      "complete -o default -F _relaycli relaycli\n", to);
}

void
command_help_zsh(FILE *to)
{
	fputs("#compdef relaycli\n"
	      "# relaycli's completion for zsh; the words come from relaycli itself\n"
	      "_relaycli()\n"
	      "{\n"
	      "\tlocal line word item\n"
	      "\tlocal -a whole open\n"
	      "\tfor line in \"${(@f)$(relaycli completion words -- \"${(@Q)words[2,CURRENT]}\" "
	      "2>/dev/null)}\"; do\n"
	      "\t\t[[ -n $line ]] || continue\n"
	      "\t\tword=${line%%$'\\t'*}\n"
	      "\t\titem=${word//:/\\\\:}\n"
	      "\t\t[[ $line == *$'\\t'* ]] && item+=:${line#*$'\\t'}\n"
	      "\t\tif [[ $word == *[:=] ]]; then open+=(\"$item\"); else whole+=(\"$item\"); fi\n"
	      "\tdone\n"
	      "\t(( ${#open} + ${#whole} )) || { _files; return }\n"
	      "\t(( ${#whole} )) && _describe relaycli whole\n"
	      "\t(( ${#open} )) && _describe relaycli open -S ''\n"
	      "\treturn 0\n"
	      "}\n"
	      "if [[ $funcstack[1] == _relaycli ]]; then _relaycli \"$@\"; "
	      "else compdef _relaycli relaycli; fi\n", to);
}

void
command_help_fish(FILE *to)
{
	fputs("# relaycli's completion for fish; the words come from relaycli itself\n"
	      "function __relaycli_words\n"
	      "\tset -l typed (commandline -opc) (commandline -ct)\n"
	      "\trelaycli completion words -- $typed[2..-1] 2>/dev/null\n"
	      "end\n"
	      "complete -c relaycli -f\n"
	      "complete -c relaycli -a '(__relaycli_words)'\n"
	      "complete -c relaycli -n 'test (count (__relaycli_words)) -eq 0' -F\n", to);
}
