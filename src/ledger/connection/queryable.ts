export type Row = Record<string, unknown>;

/** What SQL runs on: the pool, or one connection inside a transaction. */
export interface Queryable {
  /**
   * One statement, prepared once a connection under a name made from its text.
   * @throws AppError ledger_unavailable, ledger_refused, ledger_misconfigured (`mapDatabaseError`), with the driver's
   *   error as the cause; what our own SQL raises (PQ…) as the driver gave it
   */
  query<T extends Row = Row>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

/** A transaction: statements on one connection. */
export interface Transaction extends Queryable {
  /** Text of many statements, without values: migrations. */
  execute(text: string): Promise<void>;
}
