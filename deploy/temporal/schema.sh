#!/bin/sh
# Brings Temporal's two databases to the schema of its version. May be repeated: what is there stays.
set -eu
SQL_PASSWORD="$(cat "${SECRETS:-/run/secrets}/temporal_database_password")"
export SQL_PASSWORD
for part in temporal:temporal temporal_visibility:visibility; do
  temporal-sql-tool --db "${part%%:*}" setup-schema -v 0.0
  temporal-sql-tool --db "${part%%:*}" update-schema --schema-name "postgresql/v12/${part##*:}"
done
