#!/bin/sh
# Gives back the item with what the order says about it, marked as processed.
event=$(cat)
printf 'processing: %s\n' "$event" >&2
printf '{"processed":true,%s' "${event#\{}"
