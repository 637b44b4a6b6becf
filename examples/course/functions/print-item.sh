#!/bin/sh
# Writes its event to the log and gives it back.
event=$(cat)
printf 'item: %s\n' "$event" >&2
printf '%s' "$event"
