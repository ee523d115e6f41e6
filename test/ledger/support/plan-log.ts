import pg from 'pg';
import type { Queryable } from '../../../src/ledger/connection/queryable.ts';

export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  /** Those below only where statements are analyzed. Of one loop, on average. */
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

export interface Planned {
  /** The statement, on one line. */
  readonly text: string;
  readonly plan: PlanNode;
}

const { connect } = pg.Client.prototype;

/**
 * Has each statement of a database tell its plan, also those inside functions, over every connection that is opened
 * after this.
 * @param options `analyzed`: also how many rows each step of the plan has read
 * @returns a function that ends it
 */
export async function tellPlans(
  db: Queryable,
  onPlan: (planned: Planned) => void,
  { analyzed = false } = {},
): Promise<() => void> {
  await db.query(`do $$ declare setting text; begin
    foreach setting in array array['session_preload_libraries = auto_explain', 'auto_explain.log_min_duration = 0',
      'auto_explain.log_nested_statements = on', 'auto_explain.log_format = json', 'auto_explain.log_level = notice',
      'auto_explain.log_analyze = ${analyzed}', 'auto_explain.log_timing = off']
    loop execute format('alter database %I set %s', current_database(), setting); end loop; end $$`);
  pg.Client.prototype.connect = function (this: pg.Client, ...args: unknown[]) {
    this.on('notice', ({ message = '' }) => {
      const [, document] = /plan:\n(\{[\s\S]*\})$/.exec(message) ?? [];
      if (document === undefined) return;
      const { 'Query Text': sql, Plan: plan } = JSON.parse(document) as { 'Query Text': string; Plan: PlanNode };
      onPlan({ text: sql.replace(/\s+/g, ' '), plan });
    });
    return Reflect.apply(connect, this, args);
  };
  return () => {
    pg.Client.prototype.connect = connect;
  };
}
