import type { Country } from './country.ts';

/** A country of a decimal comma whose shops go by their sign. */
function row(code: string, currency: string, signs: Country['signs'], more: Partial<Country> = {}): Country {
  return { code, currency, dateOrder: 'day first', decimalMark: ',', merchantName: 'brand', signs, ...more };
}

/** The rest of Europe. */
export const NORTH_AND_EAST: readonly Country[] = [
  row(
    'IE',
    'EUR',
    [
      [/\bIE ?\d{7}[A-Z]{1,2}\b|\bEIRCODE\b/i, 5],
      [/\bIRELAND\b|\bDUBLIN\b|\bGALWAY\b|\bLIMERICK\b/i, 3],
      [/€/, 1],
    ],
    {
      decimalMark: '.',
    },
  ),
  row(
    'FR',
    'EUR',
    [
      [/\bTVA\b/, 3],
      [/\bTTC\b|\bSIRET\b|\bSIREN\b|\bNAF\b/, 4],
      [/\bFRANCE\b|\bPARIS\b|\bLYON\b|\bMARSEILLE\b/i, 3],
      [/\bMERCI\b|\bMONTANT\b|[ÀA] PAYER|\bESP[ÈE]CES\b|CARTE BANCAIRE/i, 2],
      [/€|\bEUR\b/, 1],
    ],
    {
      blankGroups: true,
    },
  ),
  row('BE', 'EUR', [
    [/\bBE ?0\d{3}[. ]?\d{3}[. ]?\d{3}\b/, 5],
    [/\bBELGI|\bBRUXELLES\b|\bBRUSSEL|\bANTWERPEN\b|\bGENT\b/i, 3],
    [/\bBTW\b|\bTVA\b/, 2],
    [/€/, 1],
  ]),
  row('NL', 'EUR', [
    [/\bNL ?\d{9} ?B ?\d{2}\b|\bKVK\b/i, 5],
    [/\bBTW\b/, 3],
    [/TOTAAL|BETAALD|BEDANKT|TERUGBETALING/i, 2],
    [/TOT ZIENS|UW BEZOEK|KASSABON/i, 2],
    [/NEDERLAND|AMSTERDAM|ROTTERDAM|UTRECHT|DEN HAAG/i, 3],
    [/€/, 1],
  ]),
  row('IT', 'EUR', [
    [/P\.? ?IVA|PARTITA IVA|\bIT ?\d{11}\b/i, 5],
    [/SCONTRINO|DOCUMENTO COMMERCIALE|TOTALE|CONTANTE|\bRESTO\b|GRAZIE/i, 3],
    [/\bIVA\b/, 2],
    [/ITALIA|\bROMA\b|\bMILANO\b|\bNAPOLI\b|\bTORINO\b/i, 3],
    [/€/, 1],
  ]),
  row('ES', 'EUR', [
    [/\bN\.?I\.?F\b|\bC\.?I\.?F\b/, 3],
    [/\bC\.?I\.?F\W{0,3}[A-HJNP-SUVW]-?\d{8}\b/, 2],
    [/\bFECHA\b|\bMESA\b|ALBAR[AÁ]N|ATENDIDO|CALLE\b|^C\/ ?\p{L}/imu, 1],
    [/EFECTIVO|GRACIAS|IMPORTE|FACTURA SIMPLIFICADA/i, 2],
    [/\bIVA\b/, 2],
    [/ESPA[ÑN]A|\bMADRID\b|\bBARCELONA\b|\bVALENCIA\b|\bSEVILLA\b/i, 3],
    [/€/, 1],
  ]),
  row('PT', 'EUR', [
    [/CONTRIBUINTE|FATURA/i, 3],
    [/\bNIF\b/, 2],
    [/\bIVA\b/, 2],
    [/OBRIGADO|TROCO/i, 2],
    [/PORTUGAL|\bLISBOA\b/i, 3],
    [/€/, 1],
  ]),
  row(
    'FI',
    'EUR',
    [
      [/\bALV\b/, 4],
      [/YHTEENS[ÄA]|KUITTI|Y-TUNNUS|K[ÄA]TEINEN|KORTTI/i, 4],
      [/SUOMI|HELSINKI|TAMPERE|TURKU/i, 3],
      [/€/, 1],
    ],
    {
      blankGroups: true,
    },
  ),
  row(
    'SE',
    'SEK',
    [
      [/\bSEK\b/, 5],
      [/\bMOMS\b/i, 2],
      [/KVITTO|ATT BETALA|\bTOTALT\b|\bKONTANT\b|V[ÄA]LKOMMEN|TACK F/i, 3],
      [/SVERIGE|STOCKHOLM|G[ÖO]TEBORG|MALM[ÖO]|UPPSALA/i, 3],
      [/ORG\.? ?N[UR]/i, 2],
      [/\d ?kr\b/i, 1],
    ],
    {
      dateOrder: 'year first',
      blankGroups: true,
    },
  ),
  row(
    'NO',
    'NOK',
    [
      [/\bNOK\b/, 5],
      [/\bMVA\b/i, 4],
      [/KVITTERING|[ÅA] BETALE|\bTAKK\b|SUM KJ[ØO]P/i, 3],
      [/NORGE|\bOSLO\b|\bBERGEN\b|TRONDHEIM|STAVANGER/i, 3],
      [/ORG\.? ?N[UR]/i, 1],
      [/\d ?kr\b/i, 1],
    ],
    {
      blankGroups: true,
    },
  ),
  row('DK', 'DKK', [
    [/\bDKK\b/, 5],
    [/\bCVR\b/i, 4],
    [/\bMOMS\b/i, 2],
    [/TAK FOR|BYTTEPENGE|\bI ALT\b/i, 3],
    [/DANMARK|K[ØO]BENHAVN|AARHUS|ODENSE|AALBORG/i, 3],
    [/\d ?kr\b/i, 1],
  ]),
  row('IS', 'ISK', [
    [/\bISK\b/, 5],
    [/REYKJAV|[ÍI]SLAND|KVITTUN|KENNITALA/i, 4],
    [/\bVSK\b/, 4],
  ]),
  row(
    'PL',
    'PLN',
    [
      [/\bPLN\b|\d ?z[łl]\b/i, 5],
      [/\bNIP\b/, 4],
      [/PARAGON|FISKALNY|\bSUMA\b|\bRAZEM\b|GOT[ÓO]WKA|\bRESZTA\b|SPRZEDA/i, 3],
      [/POLSKA|WARSZAWA|KRAK[ÓO]W|GDA[ŃN]SK/i, 3],
    ],
    {
      blankGroups: true,
    },
  ),
  row(
    'CZ',
    'CZK',
    [
      [/K[čc]\b|\bCZK\b/, 5],
      [/\bDPH\b/, 3],
      [/\bDI[ČC]\b|\bI[ČC]O?:/, 3],
      [/CELKEM|[ÚU][ČC]TENKA|HOTOVOST/i, 3],
      [/\bPRAHA\b|\bBRNO\b|OSTRAVA/i, 3],
    ],
    {
      blankGroups: true,
    },
  ),
  row(
    'HU',
    'HUF',
    [
      [/\bHUF\b|\d ?Ft\b/, 5],
      [/\b[ÁA]FA\b/, 4],
      [/NYUGTA|[ÖO]SSZESEN|K[ÉE]SZP[ÉE]NZ/i, 3],
      [/BUDAPEST|MAGYARORSZ/i, 3],
    ],
    {
      dateOrder: 'year first',
      blankGroups: true,
    },
  ),
  row('RO', 'RON', [
    [/\bRON\b|\d ?lei\b/i, 5],
    [/BON FISCAL|TOTAL LEI|\bCUI\b|\bCIF\b/i, 3],
    [/\bTVA\b/, 1],
    [/BUCURE[SȘŞ]TI|ROM[ÂA]NIA|CLUJ/i, 3],
  ]),
  row('TR', 'TRY', [
    [/₺|\d ?TL\b|\bTRY\b/, 5],
    [/\bKDV\b|\bTOPKDV\b/, 4],
    [/\bTOPLAM\b|\bNAK[İI]T\b|\bF[İI][ŞS]\b/i, 3],
    [/T[ÜU]RK[İI]YE|[İI]STANBUL|\bANKARA\b|\b[İI]ZM[İI]R\b/i, 3],
  ]),
];
