import { VERSION } from '../mcp/version.ts';
import type { Composed } from './compose.ts';
import { readQueueNumbers } from './ledger/insight/queue-numbers.ts';
import { createLedgerReadings } from './telemetry/ledger-readings.ts';
import { createProcessReadings } from './telemetry/process-readings.ts';
import type { MetricsRegistry, Readings } from './telemetry/registry.ts';

/** Everything that is read at a scrape of a process: the queue, the gate, the feed, the connections, the process itself. */
export function addReadings(
  registry: MetricsRegistry,
  { db, dispatch, feed }: Composed,
  process: 'server' | 'worker',
): void {
  registry.addSource(createProcessReadings({ process, version: VERSION }));
  registry.addSource(createLedgerReadings(() => readQueueNumbers(db.apart)));
  registry.addSource((): Readings => {
    const { engine, lags } = dispatch.health();
    return [
      ...(engine === 'unknown' ? [] : [{ name: 'pantry_engine_up', value: Number(engine === 'ok') } as const]),
      ...lags.map(
        ({ name, lagMs }) =>
          ({ name: 'pantry_round_lag_seconds', labels: { round: name }, value: lagMs / 1_000 }) as const,
      ),
      { name: 'pantry_feed_lag_seconds', value: feed.lagMs() / 1_000 },
      ...db.pools().flatMap(
        ({ pool, inUse, idle, waiting }): Readings => [
          { name: 'pantry_database_connections', labels: { pool, state: 'in_use' }, value: inUse },
          { name: 'pantry_database_connections', labels: { pool, state: 'idle' }, value: idle },
          { name: 'pantry_database_waiting', labels: { pool }, value: waiting },
        ],
      ),
    ];
  });
}
