#!/bin/sh
# embed.sh - the migrations as C, so that relayd carries its own schema.
#
#   schema/embed.sh NAME FILE.sql... > out.h
#
# Prints one array NAME of { number, file stem, text }, in the order of the
# files given. Comments travel along: `.schema` then explains itself.
# POSIX sh and awk only; the text is cut into one C string literal a line.
set -eu
name=$1
shift
printf 'static const struct store_migration %s[] = {\n' "$name"
for file; do
	stem=$(basename "$file" .sql)
	number=$(printf '%s\n' "$stem" | sed 's/^0*\([0-9][0-9]*\)_.*/\1/')
	printf '\t{ %s, "%s",\n' "$number" "$stem"
	awk '{
		gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t")
		printf "\t  \"%s\\n\"\n", $0
	}' "$file"
	printf '\t},\n'
done
printf '};\n'
