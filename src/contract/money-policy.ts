/** Numbers of searches and sums of receipts. */
export const MONEY = {
  /** Receipts, or lines of receipts, that one sum reads. */
  summed: 100_000,
  /** Rows of one answer, and where none are asked for. */
  groups: 100,
  groupsByDefault: 20,
  /** Merchants of a user that are compared with a name. */
  merchants: 2_000,
  /** Names that look like the one that was asked for. */
  similar: 5,
  /** A word of an item, and a line of a receipt as a search shows it. */
  item: 100,
  /** Lines of one receipt, in an answer. */
  shownItems: 1_000,
  /** Receipts of one page that shows their lines too. */
  withItems: 25,
} as const;
