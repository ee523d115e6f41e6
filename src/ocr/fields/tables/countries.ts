import { NORTH_AND_EAST } from './countries-europe.ts';
import { OVERSEAS } from './countries-overseas.ts';
import type { Country } from './country.ts';
import { FREE_NUMBER, UNITED_STATES_NUMBER } from './phone-numbers.ts';

/** Signs are tested on the whole text of a receipt, as read. Signs of currencies that several countries share are none. */
const CENTRAL: readonly Country[] = [
  {
    code: 'DE',
    currency: 'EUR',
    dateOrder: 'day first',
    decimalMark: ',',
    merchantName: 'brand',
    signs: [
      [/\bEUR\b|€|\bEURO\b/, 2],
      [/\bM[wu]ST\b|Mehrwertst|\bUSt\b/i, 3],
      [/\bDE ?\d{3} ?\d{3} ?\d{3}\b/, 4],
      [/\bGmbH\b|\be\.? ?K\b|\bOHG\b/i, 2],
      [/\b\d{5} [A-ZÄÖÜ][a-zäöü]+/, 2],
      [/\bSUMME\b|zu zahlen|R[üu]ckgeld|Steuer-?N/i, 2],
      [/stra[ßs]s?e\b|\bStr\./i, 1],
      [/\bTel\b.*\b0\d{3,5}/, 1],
    ],
  },
  {
    code: 'AT',
    currency: 'EUR',
    dateOrder: 'day first',
    decimalMark: ',',
    merchantName: 'brand',
    signs: [
      [/\bATU ?\d{8}\b/, 6],
      [/\bEUR\b|€/, 1],
      [/\bWien\b|\bGraz\b|\bLinz\b|\bSalzburg\b/, 2],
      [/Registrierkasse|\bRKSV\b/i, 3],
    ],
  },
  {
    code: 'CH',
    currency: 'CHF',
    dateOrder: 'day first',
    decimalMark: '.',
    merchantName: 'brand',
    signs: [
      [/\bCHF\b|\bS?Fr\. ?\d+[.']\d{2}(?![\d.])/, 5],
      [/\bCHE-?\d{3}/, 5],
      [/\bZ[üu]rich\b|\bBern\b|\bBasel\b|\bGen[eè]ve\b|\bLausanne\b|\bLuzern\b|\bSchweiz\b/i, 3],
      [/\bM[wu]ST\b|\bTVA\b/i, 2],
    ],
  },
  {
    code: 'MY',
    currency: 'MYR',
    dateOrder: 'day first',
    decimalMark: '.',
    merchantName: 'company',
    signs: [
      [/\bRM ?-?\d|\(RM\)|\bRM\b/, 4],
      [/\bS[DB]N\.? ?BHD\b|\bS\/B\b/i, 4],
      [/\bGST\b|\bSST\b/, 2],
      [/\bJALAN\b|\bJLN\b|\bTAMAN\b|\bLORONG\b|\bKEDAI\b/i, 2],
      [/SELANGOR|JOHOR|KUALA ?L|PENANG|PERAK|MELAKA|SABAH|SARAWAK|KELANTAN|PAHANG|MALAYSIA|PUCHONG|CHERAS/i, 3],
      [/TERIMA KASIH|TUNAI/i, 2],
    ],
  },
  {
    code: 'SG',
    currency: 'SGD',
    dateOrder: 'day first',
    decimalMark: '.',
    merchantName: 'brand',
    signs: [
      [/(?<![A-Z])S\$|\bSGD\b/, 5],
      [/\bSINGAPORE\b|\bS'PORE\b/i, 3],
      [/\b(?:SINGAPORE|S'PORE) \d{6}\b|\bS ?\(\d{6}\)/i, 4],
      [/\bPTE\.? LTD\b/i, 4],
      [/\b(?:M[2R89]|20)-?\d{7}-?[A-Z\d]\b|\b(?:19|20)\d{7}[A-Z]\b/, 4],
      [/\bGST ?Reg/i, 2],
      [/\bGST\b/, 1],
      [/ORCHARD (?:ROAD|RD|TURN)|TANJONG PAGAR|\bCHANGI\b|\bJURONG\b|\bBUGIS\b|MARINA BAY|TAMPINES|\bSENTOSA\b/i, 3],
    ],
  },
  {
    code: 'US',
    currency: 'USD',
    addsTax: true,
    dateOrder: 'month first',
    decimalMark: '.',
    merchantName: 'brand',
    signs: [
      [/\$ ?\d/, 1],
      [/\bUSD\b|\bUS\$|\bU\.?S\.?A\b/, 4],
      [
        /\b(?:A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY])[.,]? \d{5}(?:-\d{4})?\b/,
        4,
      ],
      [UNITED_STATES_NUMBER, 2],
      [FREE_NUMBER, 2],
      [/\bSALES TAX\b|\bTax\b/, 1],
      [/^\W*TAX ?\d?\W*\d{1,3}\.\d{2}\W*$/im, 2],
      // Day 13 to 31 behind the month and before the year.
      [/(?<![\d/])(?:0?[1-9]|1[0-2])\/(?:1[3-9]|2\d|3[01])\/(?:20)?\d{2}(?!\d)/, 3],
      [/\b(?:SALES|STATE|CITY|COUNTY) TAX(?:ES)?\b/i, 2],
      [/\d ?[AP]M\b/i, 1],
      [/\b(?:CARRY ?OUT|TO GO|TAKE[- ]OUT|GRATUITY|DRIVE THRU|AMOUNT TENDERED)\b/i, 1],
      [
        /\p{L}, ?(?:A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLN]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HK]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY])(?: \d{5}|$)/mu,
        2,
      ],
      [
        /\b(?:CALIFORNIA|TEXAS|FLORIDA|IDAHO|NEVADA|OREGON|ILLINOIS|OHIO|MICHIGAN|VIRGINIA|ARIZONA|COLORADO|MINNESOTA|NEW YORK|NEW JERSEY|LAS VEGAS|CHICAGO|HOUSTON|BOSTON|SEATTLE|SAN DIEGO|SAN FRANCISCO|LOS ANGELES|PHILADELPHIA)\b/i,
        3,
      ],
      [/\b(?:Street|Avenue|Blvd|Ave|Drive)\b/i, 1],
    ],
  },
  {
    code: 'GB',
    currency: 'GBP',
    dateOrder: 'day first',
    decimalMark: '.',
    merchantName: 'brand',
    signs: [
      [/£/, 5],
      [/\bGBP\b/, 4],
      [/\b[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}\b/, 2],
      [/\bVAT (?:No|Reg)/i, 2],
      [/\bGB ?\d{3} ?\d{4} ?\d{2}\b/, 4],
    ],
  },
  {
    code: 'VN',
    currency: 'VND',
    dateOrder: 'day first',
    decimalMark: ',',
    merchantName: 'brand',
    signs: [
      [/\bVN[DĐ]\b|₫|\d ?đ\b/i, 5],
      [/T[ổôốo]NG C[ộôo]NG|Thanh to[áa]n|H[óo]a [đd][ơo]n|Ti[ềêe]n m[ặăa]t|Th[àa]nh ti[ềêe]n/i, 4],
      [/TP\.? ?HCM|H[àa] N[ộôo]i|\bQu[ậâa]n\b|\bPh[ườuơo]+ng\b|Vi[ệêe]t Nam|Đ[ưu][ờơo]ng/i, 3],
      [/NG[àaÀA]Y|S[ốôo] l[ượuơo]+ng|[Gg]i[áa]\b/, 1],
      [/(?<![\d.,])\d{1,3}[.,]\d{3}(?![\d.,])/, 1],
    ],
  },
];

export const COUNTRIES: readonly Country[] = [...CENTRAL, ...NORTH_AND_EAST, ...OVERSEAS];
