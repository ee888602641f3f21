#!/bin/sh
# embed_text.sh - a text file as a C string, one literal a line.
#
#   schema/embed_text.sh NAME FILE > out.h
set -eu
printf 'static const char %s[] =\n' "$1"
sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/^/	"/' -e 's/$/\\n"/' "$2"
printf ';\n'
