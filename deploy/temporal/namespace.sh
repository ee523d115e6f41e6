#!/bin/sh
# Makes the namespace and the search attributes of the queue. May be repeated: what is there stays.
set -eu

# A server that has just started, or a namespace that has just been made, is known everywhere only after some seconds.
retry() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    if "$@"; then return 0; fi
    sleep 1
  done
  echo "gave up after 30 tries: $*" >&2
  return 1
}

namespace() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
}

retry temporal operator cluster health
retry namespace
retry temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name PantryTenant --type Keyword \
  --name PantryUser --type Keyword \
  --name PantryBatch --type Keyword \
  --name PantryReceipt --type Int
