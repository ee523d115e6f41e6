import { readConfig } from './config.ts';
import { atStart } from './ledger/connection/start-up.ts';
import { createDb } from './ledger/db.ts';
import { migrate } from './ledger/migrate.ts';
import { createLogger } from './telemetry/logger.ts';

/**
 * Brings the database of DATABASE_URL to this program's schema.
 * @returns the names of the migrations that were applied now
 * @throws AppError ledger_unavailable, ledger_misconfigured, adoption_refused, invalid_argument
 */
export async function migrateDatabase(): Promise<string[]> {
  const config = readConfig();
  const db = createDb({
    url: config.databaseUrl,
    maxConnections: 1,
    applicationName: 'pantry-queue migrate',
  });
  try {
    const log = createLogger({ level: config.logLevel, name: 'migrate' });
    return await atStart(() => migrate(db, log));
  } finally {
    await db.close();
  }
}
