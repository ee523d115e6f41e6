import type { TestPostgres } from '../../support/postgres.ts';
import { promote } from '../../support/standby.ts';

/** The PostgreSQL of the topology, under one address whichever server stands behind it. */
export interface Failover {
  /** As the superuser, without a database. */
  readonly url: string;
  /** Starts a standby that every commit waits for. */
  prepare(): Promise<void>;
  /** Kills the primary; the standby takes over its address, and is read-only. */
  failOver(): Promise<void>;
  /** The standby takes writes. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

export function createFailover(first: TestPostgres): Failover {
  let primary = first;
  let standby: TestPostgres | undefined;
  return {
    url: first.url,
    async prepare() {
      standby = await primary.createStandby();
    },
    async failOver() {
      if (!standby) throw new Error('there is no standby');
      await primary.kill();
      const dead = primary;
      primary = await standby.moveTo(Number(new URL(first.url).port));
      standby = undefined;
      await dead.stop();
    },
    promote: () => promote(first.url),
    async stop() {
      await standby?.stop();
      await primary.stop();
    },
  };
}
