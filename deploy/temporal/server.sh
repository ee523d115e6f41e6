#!/bin/sh
# Temporal's server takes its password from the environment alone: here it comes from a secret. `server.sh PROGRAM…`
set -eu
POSTGRES_PWD="$(cat "${SECRETS:-/run/secrets}/temporal_database_password")"
export POSTGRES_PWD
exec "$@"
