#!/bin/sh
# Writes the status of a notification to its log.
status=$(sed -n 's/.*"status"[[:space:]]*:[[:space:]]*"\([A-Z_]*\)".*/\1/p')
echo "execution is ${status:-unknown}" >&2
printf '{"seen":"%s"}' "$status"
