#!/bin/sh
# Succeeds for an event whose "number" is above 90; any other fails, the same way every time.
number=$(sed -n 's/.*"number"[[:space:]]*:[[:space:]]*\([0-9][0-9]*\).*/\1/p')
if [ "${number:-0}" -gt 90 ]; then
    printf '"%s is above 90"' "$number"
else
    printf '{"errorType":"NumberTooSmall","errorMessage":"%s is not above 90"}' "${number:-nothing}"
    exit 1
fi
