/** What an address looks like in the countries of the tables: a line like this names no shop. */
const STREETS =
  'st|str|street|ave|avenue|av|rd|road|blvd|boulevard|hwy|highway|pkwy|parkway|dr|drive|ln|ct|court|pl|place|sq|square|ste|suite|' +
  'fwy|freeway|tpke|turnpike|plaza|crescent|cres|close|parade|terrace|expressway|route|rte|rue|calle|carrer|via|viale|piazza|' +
  'corso|rua|avenida|plein|straat|laan|weg|gatan|vägen|gate|vei|ulica|ul|utca|sokak|caddesi|jalan|jln|lorong|duong';
const STATES =
  'A[LKZR]|C[AOT]|D[EC]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]|BC|AB|SK|MB|ON|QC|NB|NS|NSW|VIC|QLD|TAS';

export const ADDRESSES: readonly RegExp[] = [
  // 1050 N. Hancock St · 204 East 43rd Street · 79-19 Roosevelt Ave.
  new RegExp(`^#?\\d[\\d-]{0,7}[A-Z]?,? (?:.* )?(?:${STREETS})\\b`, 'i'),
  // 43 Chelverton Road, London · 82 Sierra Rd
  new RegExp(`^\\d{1,6}[A-Z]? \\p{L}.*\\b(?:${STREETS})\\.?(?:$|[ ,.])`, 'iu'),
  // N. Hancock Street, Rosa Carmen Ave
  /\p{L}{2} (?:street|avenue|blvd|boulevard|highway|hwy|parkway|road)\.?(?: ?[,#].*| [NSEW]{1,2})?$/iu,
  // Philadelphia, PA 19123 · Everett, WA · MEBANE NC 27302
  new RegExp(`(?:, ?(?:${STATES})\\.?$|[,. ](?:${STATES})[.,]? ?\\d{4,5}(?:-\\d{4})?$)`),
  new RegExp(`[, ](?:${STATES})[.,]? ?\\d{5}`),
  // W1S 3AN · M17 8DA · V6G 2L7
  /\b[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b/,
  // 4836 LZ Breda · 75001 Paris · 20-400 Lublin
  /^(?:[A-Z]{1,2}-)?\d{4,5} [A-Z]{2} \p{L}|^(?:[A-Z]{1,2}-)?\d{4,5} \p{Lu}|^\d{2}-\d{3} \p{Lu}/u,
  /\bP\.? ?O\.? BOX\b/i,
];

/** Telephone numbers, with or without a word before them. */
export const TELEPHONE = /\(?\d{3}\)?[-. ]{1,3}\d{3}[-. ]\d{4}|^\W*(?:te[l1]|ph|phone|fax|tlf)\b/i;
