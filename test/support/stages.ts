import type { Db } from '../../src/ledger/db.ts';
import { stagesOver } from '../../src/queue/pipeline.ts';

/** The pipeline in front of handlers that ask no database. */
export const STAGES = stagesOver({ as: () => ({}) as Db });
