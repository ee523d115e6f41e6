import type { Country } from './country.ts';
import { CANADIAN_NUMBER, FREE_NUMBER } from './phone-numbers.ts';

/** A country of a decimal point whose shops go by their sign. */
function row(code: string, currency: string, signs: Country['signs'], more: Partial<Country> = {}): Country {
  return { code, currency, dateOrder: 'day first', decimalMark: '.', merchantName: 'brand', signs, ...more };
}

/** Asia, Africa, the Americas and the Pacific. */
export const OVERSEAS: readonly Country[] = [
  row('AU', 'AUD', [
    [/\bAUD\b|(?<![A-Z])AU?\$/, 5],
    [/\bA\.?B\.?N\b/, 5],
    [/\bPTY\.? LTD\b/i, 4],
    [/\b(?:NSW|VIC|QLD|TAS|ACT|W\.?A|S\.?A|N\.?T)\.?,? \d{4}\b/, 4],
    [/AUSTRALIA|SYDNEY|MELBOURNE|BRISBANE|ADELAIDE|CANBERRA|HOBART/i, 3],
    [/\bEFTPOS\b/i, 2],
    [/\bGST\b/i, 1],
    [/TAX INVOICE/i, 1],
    [/\b(?:WOOLWORTHS|COLES|BUNNINGS|KMART|OFFICEWORKS|DAN MURPHY)/i, 2],
  ]),
  row('NZ', 'NZD', [
    [/\bNZD\b|NZ\$|\bNZBN\b/, 5],
    [/NEW ZEALAND|AUCKLAND|WELLINGTON|CHRISTCHURCH|DUNEDIN|TAURANGA|\bN\.?Z\b/i, 3],
    [/\bEFTPOS\b/i, 2],
    [/\bGST\b/i, 1],
    [/TAX INVOICE/i, 1],
  ]),
  row(
    'CA',
    'CAD',
    [
      [/\bCAD\b|(?<![A-Z])CA?\$/, 5],
      [/\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b/, 4],
      [/\b(?:HST|PST|QST|TVQ|TPS)\b/, 4],
      [/TORONTO|VANCOUVER|MONTR[EÉ]AL|OTTAWA|CALGARY|EDMONTON|WINNIPEG|CANADA/i, 3],
      [/\bINTERAC\b/i, 4],
      [/(?<![\d/])(?:0?[1-9]|1[0-2])\/(?:1[3-9]|2\d|3[01])\/(?:20)?\d{2}(?!\d)/, 3],
      [/\$ ?\d/, 1],
      [CANADIAN_NUMBER, 3],
      [FREE_NUMBER, 1],
      [/\d ?[AP]M\b/i, 1],
      [/\bGST\b/, 1],
    ],
    {
      dateOrder: undefined,
      addsTax: true,
    },
  ),
  row('HK', 'HKD', [
    [/\bHKD\b|HK\$/, 5],
    [/HONG ?KONG|KOWLOON|WAN CHAI|TSIM SHA TSUI|\bSHATIN\b|CAUSEWAY BAY/i, 3],
    [/\(852\)|\+852\b/, 3],
  ]),
  row(
    'TW',
    'TWD',
    [
      [/\bTWD\b|NT\$/, 5],
      [/TAIWAN|TAIPEI|KAOHSIUNG/i, 3],
    ],
    { dateOrder: 'year first' },
  ),
  row(
    'JP',
    'JPY',
    [
      [/\bJPY\b|\bYEN\b/, 5],
      [/¥ ?\d{2}/, 2],
      [/JAPAN\b|TOKYO|OSAKA|KYOTO|YOKOHAMA|NAGOYA|SAPPORO|FUKUOKA/i, 3],
    ],
    { dateOrder: 'year first' },
  ),
  row(
    'CN',
    'CNY',
    [
      [/\bCNY\b|\bRMB\b/, 5],
      [/¥ ?\d{2}/, 1],
      [/CHINA\b|BEIJING|SHANGHAI|SHENZHEN|GUANGZHOU/i, 3],
    ],
    { dateOrder: 'year first' },
  ),
  row(
    'KR',
    'KRW',
    [
      [/₩|\bKRW\b/, 5],
      [/KOREA|SEOUL|BUSAN|INCHEON/i, 3],
    ],
    { dateOrder: 'year first' },
  ),
  row('IN', 'INR', [
    [/₹|\bINR\b/, 5],
    [/\bGSTIN\b|\b[CSI]GST\b|\bFSSAI\b/i, 5],
    [/\bRs\.? ?\d/i, 2],
    [/\bINDIA\b|MUMBAI|DELHI|BENGALURU|BANGALORE|CHENNAI|HYDERABAD|KOLKATA|PUNE\b/i, 3],
  ]),
  row('PK', 'PKR', [
    [/\bPKR\b/, 5],
    [/PAKISTAN|KARACHI|LAHORE|ISLAMABAD/i, 3],
    [/\bRs\.? ?\d/i, 1],
  ]),
  row('LK', 'LKR', [
    [/\bLKR\b/, 5],
    [/SRI LANKA|COLOMBO|KANDY/i, 3],
    [/\bRs\.? ?\d/i, 1],
  ]),
  row(
    'ID',
    'IDR',
    [
      [/\bRp\.? ?\d|\bIDR\b/, 5],
      [/\bNPWP\b|\bPPN\b/, 4],
      [/JAKARTA|INDONESIA|BANDUNG|SURABAYA|\bBALI\b/i, 3],
      [/TUNAI|KEMBALI|TERIMA KASIH/i, 1],
    ],
    { decimalMark: ',' },
  ),
  row('TH', 'THB', [
    [/\bTHB\b|฿|\bBAHT\b/i, 5],
    [/THAILAND|BANGKOK|CHIANG MAI|PHUKET/i, 3],
  ]),
  row(
    'PH',
    'PHP',
    [
      [/₱|\bPHP\b/i, 5],
      [/PHILIPPINES|MANILA|QUEZON|MAKATI|CEBU/i, 3],
      [/\bVATABLE\b|VAT[- ]EXEMPT/i, 2],
      [/(?<![\d/])(?:0?[1-9]|1[0-2])\/(?:1[3-9]|2\d|3[01])\/(?:20)?\d{2}(?!\d)/, 2],
    ],
    { dateOrder: 'month first' },
  ),
  row(
    'BR',
    'BRL',
    [
      [/R\$|\bBRL\b/, 5],
      [/\bCNPJ\b|\bNFC-?E\b/i, 5],
      [/BRASIL|S[ÃA]O PAULO|RIO DE JANEIRO/i, 3],
      [/OBRIGADO|TROCO/i, 1],
    ],
    { decimalMark: ',' },
  ),
  row('MX', 'MXN', [
    [/\bMXN\b|MX\$/, 5],
    [/\bR\.?F\.?C\b/, 4],
    [/M[EÉ]XICO|\bCDMX\b|GUADALAJARA|MONTERREY/i, 3],
    [/\bIVA\b/, 2],
    [/EFECTIVO|GRACIAS|CAMBIO/i, 2],
  ]),
  row(
    'CL',
    'CLP',
    [
      [/\bCLP\b/, 5],
      [/\bR\.?U\.?T\b/, 3],
      [/CHILE|SANTIAGO/i, 3],
      [/\bIVA\b/, 2],
    ],
    { decimalMark: ',' },
  ),
  row(
    'CO',
    'COP',
    [
      [/COLOMBIA|BOGOT[ÁA]|MEDELL[ÍI]N|\bCALI\b/i, 3],
      [/\bNIT\b/, 3],
      [/\bIVA\b/, 2],
    ],
    { decimalMark: ',' },
  ),
  row(
    'AR',
    'ARS',
    [
      [/ARGENTINA|BUENOS AIRES/i, 3],
      [/\bCUIT\b/, 4],
      [/\bIVA\b/, 2],
    ],
    { decimalMark: ',' },
  ),
  row('PE', 'PEN', [
    [/S\/ ?\d/, 4],
    [/\bPER[ÚU]\b|\bLIMA\b/i, 3],
    [/\bIGV\b/, 4],
  ]),
  row('ZA', 'ZAR', [
    [/\bZAR\b/, 5],
    [/SOUTH AFRICA|JOHANNESBURG|CAPE TOWN|DURBAN|PRETORIA/i, 3],
    [/VAT ?(?:NO|REG)[^\d\n]{0,12}4\d{9}/i, 3],
    [/(?<![A-Z\d])R\d+[.,]\d{2}(?!\d)/, 2],
  ]),
  row('NG', 'NGN', [
    [/₦|\bNGN\b/, 5],
    [/NIGERIA|LAGOS|ABUJA/i, 3],
  ]),
  row('KE', 'KES', [
    [/\bKES\b|\bKSH\b/i, 5],
    [/KENYA|NAIROBI|MOMBASA/i, 3],
  ]),
  row('AE', 'AED', [
    [/\bAED\b|\bDHS\b/i, 5],
    [/DUBAI|ABU DHABI|SHARJAH|\bU\.?A\.?E\b/, 3],
    [/\bTRN\b/, 2],
  ]),
  row('SA', 'SAR', [
    [/\bSAR\b/, 5],
    [/SAUDI|RIYADH|JEDDAH/i, 3],
  ]),
  row('KW', 'KWD', [
    [/\bKWD\b|\bKD\b/, 5],
    [/KUWAIT/i, 3],
  ]),
  row('BH', 'BHD', [[/BAHRAIN|MANAMA/i, 3]]),
  row('OM', 'OMR', [
    [/\bOMR\b/, 5],
    [/\bOMAN\b|MUSCAT/i, 3],
  ]),
  row('JO', 'JOD', [
    [/\bJOD\b/, 5],
    [/\bJORDAN\b|\bAMMAN\b/i, 3],
  ]),
  row(
    'TN',
    'TND',
    [
      [/\bTND\b/, 5],
      [/TUNISIE|TUNIS\b|SFAX/i, 3],
    ],
    { decimalMark: ',' },
  ),
  row('IL', 'ILS', [
    [/₪|\bILS\b|\bNIS\b/, 5],
    [/ISRAEL|TEL AVIV|JERUSALEM|HAIFA/i, 3],
  ]),
];
