#!/bin/sh
# Appends the next greeting to a file and shows the file.
set -eu
file=${1:-/work/greetings.txt}
touch "$file"
n=$(($(wc -l <"$file") + 1))
echo "Hello world $n" >>"$file"
cat "$file"
