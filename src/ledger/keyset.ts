/** The values by which rows are in order, of one row. */
export type Key = readonly (string | number)[];

export interface KeyColumn {
  /** As it stands in the statement: `r.id`. */
  readonly sql: string;
  readonly type: 'bigint' | 'text' | 'date' | 'timestamptz';
}

/**
 * Pages by the place in an order, never by counting: each costs the same, however far down it is. An index over the
 * columns in this order serves both parts.
 * @param columns together they tell any two rows apart, and none is null
 */
export function keyset(direction: 'asc' | 'desc', columns: readonly KeyColumn[]) {
  const names = columns.map(({ sql }) => sql);
  return {
    orderBy: `order by ${names.map((name) => `${name} ${direction}`).join(', ')}`,
    /**
     * A condition for the rows after a place, whose values are the key's.
     * @param after undefined: from the first row
     * @param first number of its first parameter
     */
    after(after: Key | undefined, first: number): string {
      if (after === undefined) return 'true';
      const values = columns.map(({ type }, place) => `$${first + place}::${type}`);
      return `(${names.join(', ')}) ${direction === 'desc' ? '<' : '>'} (${values.join(', ')})`;
    },
  };
}
