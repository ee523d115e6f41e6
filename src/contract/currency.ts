const CODES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Is it a code of ISO 4217, as USD? */
export const isCurrency = (code: string): boolean => CODES.has(code);
