/** What a receipt of a country looks like, and what follows from it. */
export interface Country {
  readonly code: string;
  readonly currency: string;
  /** The order of numbers in a date; left out where both are in use. */
  readonly dateOrder?: DateOrder | undefined;
  readonly decimalMark: '.' | ',';
  /** Thousands are usually set apart by a blank. */
  readonly blankGroups?: true;
  /** Prices are without tax, which is added to their sum. */
  readonly addsTax?: true;
  /** Which name a receipt is known by: the sign over the door, or the company the tax office knows. */
  readonly merchantName: 'brand' | 'company';
  /** Signs of the country in the text, each counted once, with its weight. */
  readonly signs: readonly (readonly [RegExp, number])[];
}

export type DateOrder = 'day first' | 'month first' | 'year first';
