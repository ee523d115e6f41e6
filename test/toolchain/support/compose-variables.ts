const POSTGRES = 'https://github.com/docker-library/docs/blob/master/postgres/README.md';
const SQL_TOOL = 'https://github.com/temporalio/temporal/blob/v1.32.0/tools/sql/main.go';
const SERVER = 'https://github.com/temporalio/temporal/blob/v1.32.0/common/config/config_template_embedded.yaml';
const SERVER_ENTRY = 'https://github.com/temporalio/temporal/blob/v1.32.0/docker/scripts/sh/entrypoint.sh';
const UI = 'https://github.com/temporalio/ui/blob/v2.53.3/server/config/docker.yaml';
const TEMPORAL_CLI = 'https://docs.temporal.io/references/client-environment-configuration';
const GRAFANA = 'https://grafana.com/docs/grafana/latest/setup-grafana/configure-docker/';
const HOME = 'https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html';

/** What the images of others read from their environment, and where each is documented. */
export const FOREIGN_VARIABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  postgres: { POSTGRES_PASSWORD_FILE: POSTGRES },
  'temporal-schema': { SQL_PLUGIN: SQL_TOOL, SQL_HOST: SQL_TOOL, SQL_PORT: SQL_TOOL, SQL_USER: SQL_TOOL },
  temporal: {
    DB: SERVER,
    POSTGRES_SEEDS: SERVER,
    DB_PORT: SERVER,
    POSTGRES_USER: SERVER,
    NUM_HISTORY_SHARDS: SERVER,
    BIND_ON_IP: SERVER_ENTRY,
    TEMPORAL_BROADCAST_ADDRESS: SERVER_ENTRY,
    TEMPORAL_ALLOW_NO_AUTH: SERVER,
    DYNAMIC_CONFIG_FILE_PATH: SERVER,
    LOG_LEVEL: SERVER,
  },
  'temporal-namespace': {
    TEMPORAL_ADDRESS: TEMPORAL_CLI,
    TEMPORAL_NAMESPACE: TEMPORAL_CLI,
    // Read by deploy/temporal/namespace.sh.
    RETENTION: 'https://docs.temporal.io/cli/operator#create',
    HOME,
  },
  'temporal-ui': {
    TEMPORAL_ADDRESS: UI,
    TEMPORAL_DEFAULT_NAMESPACE: UI,
    TEMPORAL_CORS_ORIGINS: UI,
    TEMPORAL_CSRF_COOKIE_INSECURE: UI,
    TEMPORAL_DISABLE_NEWS_FETCH: UI,
  },
  s3: { HOME },
  prometheus: {},
  grafana: {
    GF_SECURITY_ADMIN_PASSWORD__FILE: GRAFANA,
    GF_ANALYTICS_REPORTING_ENABLED: GRAFANA,
    GF_ANALYTICS_CHECK_FOR_UPDATES: GRAFANA,
  },
  'otel-collector': {},
};
