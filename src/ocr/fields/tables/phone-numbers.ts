/** Area codes of Canada, which shares its form of telephone numbers with the United States. */
const CANADIAN =
  '204|226|236|249|250|263|289|306|343|354|365|367|368|382|403|416|418|428|431|437|438|450|468|474|506|514|519|548|579|' +
  '581|584|587|604|613|639|647|672|683|705|709|742|753|778|780|782|807|819|825|867|873|879|902|905|942';
/** Area codes of no country: free of charge for the caller. */
const FREE = '8(?:00|33|44|55|66|77|88)';

/** A telephone number of North America whose area code a pattern allows. */
function numberOf(area: string): RegExp {
  return new RegExp(`(?<!\\d)(?:\\(${area}\\)[- ]?|${area}[- .])\\d{3}[- .]\\d{4}(?!\\d)`);
}

/** Of the United States, or of one of the small countries that share its form. */
export const UNITED_STATES_NUMBER = numberOf(`(?!${CANADIAN}|${FREE})[2-9]\\d{2}`);
/** Of either. */
export const FREE_NUMBER = numberOf(FREE);
/** Of Canada. */
export const CANADIAN_NUMBER = numberOf(`(?:${CANADIAN})`);
