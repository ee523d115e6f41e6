import { held, partly, type Requirements } from './requirement.ts';

/** What an operator runs, on one machine or many. */
export const productionRequirements: Requirements = {
  P1: partly(
    'Docker Compose runs the whole queue on one machine: only the API and Temporal’s UI are published, on loopback.',
    'the compose file',
    ['topology/end-to-end.test.ts', 'read every shipped receipt'],
    ['topology/end-to-end.test.ts', 'goes on at the other server where it was cut'],
    ['topology/two-servers.test.ts', 'is answered by the other with what the first call did'],
    ['setting-files.test.ts', 'is the address of the database'],
    ['setting-files.test.ts', 'is refused by the name of the variable alone'],
    ['setting-files.test.ts', 'neither is shown'],
    ['toolchain/image.test.ts', 'serves and works as a login that owns no table'],
    ['toolchain/image.test.ts', 'makes the tables as their owner'],
    ['toolchain/image.test.ts', 'no programs of other platforms'],
    ['toolchain/image.test.ts', 'answers under the name of its service'],
  ),
  P2: held(
    'Any Temporal is reached by TEMPORAL_* alone: TLS, client certificates, keys, a server that refuses operator calls.',
    ['engine/secured.test.ts', 'runs jobs over'],
    ['engine/secured.test.ts', 'is named with the setting, while jobs are accepted'],
    ['engine/secured.test.ts', 'a key that is replaced in its file counts without a restart'],
    ['engine/secured.test.ts', 'is refused at the start, without the value'],
    ['engine/search-attributes.test.ts', 'are added at the start of a process where it may'],
    ['engine/search-attributes.test.ts', 'are named with the command where the operator API answers'],
  ),
  P3: held(
    'Metrics, traces from the API call to the commit, and JSON logs with job ids; dashboard and alerts name only what is shown.',
    ['observability.test.ts', 'one trace leads from the caller'],
    ['observability.test.ts', 'a tool call goes on in the trace that its host names'],
    ['observability.test.ts', 'server and worker show every metric of the table'],
    ['observability.test.ts', 'every metric, label and value in the dashboard and the alerts'],
    ['observability.test.ts', 'names a paragraph that says what to do'],
    ['observability.test.ts', 'every line of both logs is JSON'],
    ['observability.test.ts', 'lines that are written for a traced call name its trace'],
    ['telemetry/ledger-readings.test.ts', 'jobs are counted by the events of the ledger, each once'],
    ['telemetry/ledger-readings.test.ts', 'a scrape is answered while the ledger is away'],
    ['telemetry/registry.test.ts', 'a label never has more values'],
    ['telemetry/log-events.test.ts', 'every line of a log of server and worker'],
  ),
};
