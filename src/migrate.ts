import { readConfig } from './config.ts';
import { createDb } from './ledger/db.ts';
import { migrate } from './ledger/migrate.ts';

/**
 * Brings the database of DATABASE_URL to this program's schema.
 * @returns the names of the migrations that were applied now
 * @throws AppError invalid_argument, ledger_unavailable
 */
export async function migrateDatabase(): Promise<string[]> {
  const config = readConfig();
  const db = createDb({ url: config.databaseUrl, maxConnections: 1, applicationName: 'pantry-queue migrate' });
  try {
    return await migrate(db);
  } finally {
    await db.close();
  }
}
