/** What is known of a picture besides its print. */
export interface ReadingContext {
  /** YYYY-MM-DD: no receipt is from a day to come. */
  readonly today: string;
  /** Two letters (ISO 3166): where receipts come from by the uploader's word or a setting. Decides what the print leaves open. */
  readonly country?: string | undefined;
}
