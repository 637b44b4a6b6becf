#!/bin/sh
# Receives the token. What it prints on stderr is its log; what it returns does not matter, the token's answer does.
event=$(cat)
token=$(printf '%s' "$event" | sed -n 's/.*"token"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p')
echo "waiting for an answer with a token of ${#token} characters" >&2
printf '{"waiting":true}'
