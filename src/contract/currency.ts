let codes: ReadonlySet<string> | undefined;
/** Made when it is first needed: that takes as long as a small command. */
const allCodes = () => {
  codes ??= new Set(Intl.supportedValuesOf('currency'));
  return codes;
};

/** Is it a code of ISO 4217, as USD? */
export const isCurrency = (code: string): boolean => allCodes().has(code);
