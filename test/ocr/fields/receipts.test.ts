import { describe, expect, it } from 'vitest';
import { itemsOf, understood } from '../support/printed.ts';

describe('items', () => {
  it('takes quantities before and after their item only where they multiply to its price', () => {
    const receipt = understood(`
      Markt am Platz
      EUR
      Bananen | 0,19 A
      0,162 kg x 1,15 | EUR/kg
      3 x 1,99
      Schokolade | 5,97 B
      Brot | 1,79 x 2 | 3,58 A
      zu zahlen | 9,74
      Bar | 10,00
      Rückgeld | -0,26`);
    expect(itemsOf(receipt)).toEqual([
      'Bananen · 0.162×1.15 · 0.19',
      'Schokolade · 3×1.99 · 5.97',
      'Brot · 2×1.79 · 3.58',
    ]);
    expect(receipt.checks.itemsAddUp).toBe(true);
  });

  it('finds names below their numbers, and above them', () => {
    const below = understood(`
      TOKO JAYA ENTERPRISE
      Item | Qty | S/Price | Amount | Tax
      E8318 | 1 | 80.90 | 80.90 | SR
      SCHOOL BAG 15
      1452 | 2 | 5.00 | 10.00 | SR
      PAINT BRUSH
      Total RM | 90.90`);
    expect(itemsOf(below)).toEqual(['SCHOOL BAG 15 · 1×80.90 · 80.90', 'PAINT BRUSH · 2×5.00 · 10.00']);
    const above = understood(`
      TOKO JAYA ENTERPRISE
      Description | Qty | U.price | Total
      Teh (B)
      1 X | 2.20 | 2.20 | SR
      Take Away
      3 X | 0.20 | 0.60 | SR
      TOTAL: | RM 2.80`);
    expect(itemsOf(above)).toEqual(['Teh (B) · 1×2.20 · 2.20', 'Take Away · 3×0.20 · 0.60']);
  });

  it('keeps deposits, returns and discounts as lines with their sign', () => {
    const receipt = understood(`
      EDEKA Test
      EUR
      COLA 1,5L | 1,29 A
      PFAND | 0,25 A
      LEERGUT | 1,50- A
      RABATT 10% | -0,04
      SEKT | 5,00 A
      SUMME | 5,00`);
    expect(itemsOf(receipt).map((item) => item.split(' · ').at(-1))).toEqual([
      '1.29',
      '0.25',
      '-1.50',
      '-0.04',
      '5.00',
    ]);
  });

  it('finds a minus that was not read by the sum, and completes a damaged price', () => {
    const minus = understood('EUR\nSaft | 3,00 A\nLEERGUT | 1,00 A\nSUMME | EUR | 2,00\nBar EUR | 2,00');
    expect(itemsOf(minus)).toEqual(['Saft · 3.00', 'LEERGUT · -1.00']);
    const damaged = understood(
      'EUR\nSaft | 3,00 A\nMARZIPAN | 3, 0 E\nBrot | 1,00 A\nSUMME | EUR | 7,10\nBar EUR | 7,10',
    );
    expect(itemsOf(damaged)).toContain('MARZIPAN · 3.10');
  });

  it('does not take a product for a label because it holds a label word', () => {
    const receipt = understood('EUR\nBalance Brot | 0,99 A\nChange Purse | 2,00 A\nzu zahlen | 2,99');
    expect(itemsOf(receipt)).toEqual(['Balance Brot · 0.99', 'Change Purse · 2.00']);
  });
});

describe('the total', () => {
  const totalOf = (text: string): string | null => understood(text).extraction.metadata.total_amount;

  it('is the rounded one where a rounding is printed', () => {
    expect(
      totalOf('Bread | RM 9.91\nTotal | 9.91\nRounding Adj | -0.01\nTotal RM | 9.90\nCash | 10.00\nChange | 0.10'),
    ).toBe('9.90');
  });

  it('is cash less change where the label was not read', () => {
    expect(totalOf('Brot | 3,55 A\nSu??e | 3,55\nBAR EUR | -5,55\nRückgeld EUR | 2,00\nMwSt 7,00% | 0,23')).toBe(
      '3.55',
    );
  });

  it('is not a subtotal, a sum of taxes, a count or the sum of the tax table', () => {
    expect(
      totalOf(`
        Milch | 1,00 B
        Bier | 2,00 A
        Zwischensumme | 3,00
        Rabatt | -0,50
        Summe EUR | 2,50
        MWST% | MWST | Netto | Brutto
        A 19 % | 0,24 | 1,26 | 1,50
        B 7 % | 0,07 | 0,93 | 1,00
        Summe | 0,31 | 2,19 | 2,50`),
    ).toBe('2.50');
  });

  it('takes digits without their mark only where the same price is printed elsewhere', () => {
    expect(totalOf('Fried Rice | RM 71.00\nTOTAL | 7100\nCash | 71.00')).toBe('71.00');
  });

  it('gets a confidence that says how much agrees', () => {
    const agreed = understood('Saft | 3,00 A\nSUMME EUR | 3,00\nBar EUR | 5,00\nRückgeld EUR | 2,00\n01.02.2024 10:00');
    const alone = understood('Saft | 3,00 A\nBrot | 1,00 A\nSUMME EUR | 7,00\n01.02.2024 10:00');
    expect(agreed.extraction.validation.confidence).toBeGreaterThan(0.9);
    expect(alone.extraction.metadata.confidence).toBeLessThan(0.7);
    expect(alone.extraction.validation.errors).toContain('The items add up to 4.00, the total is 7.00.');
  });
});

describe('other countries', () => {
  it('reads dong with either kind of thousands', () => {
    const receipt = understood(`
      Co.opmart
      168 Nguyễn Đình Chiểu, Quận 3, TP.HCM
      Ngày: 12/05/2023 18:20
      Mặt hàng | SL | Đơn giá | Thành tiền
      MÌ HẢO HẢO | 5 | 4,000.00 | 20,000.00
      CAM SÀNH | 1.250 | 38,000.00 | 47,500.00
      Tổng cộng | 67,500.00
      Tiền mặt | 100,000.00
      Tiền thối | 32,500.00`);
    expect(receipt.extraction.metadata).toMatchObject({
      merchant_name: 'Co.opmart',
      total_amount: '67500',
      currency: 'VND',
    });
    expect(understood('Hà Nội\nBanh Mi | 58.000\nTong cong | 58.000 đ').extraction.metadata.total_amount).toBe('58000');
  });

  it('adds the tax on top where it is not in the prices', () => {
    const receipt = understood(`
      Corner Store
      Austin, TX 78701
      BREAD | $2.24
      MILK | $3.00
      Subtotal | $5.24
      Tax | $0.43
      Total | $5.67`);
    expect(receipt.checks.itemsAddUp).toBe(true);
    expect(receipt.extraction.metadata).toMatchObject({ total_amount: '5.67', tax_amount: '0.43', currency: 'USD' });
  });
});

describe('the merchant', () => {
  const merchantOf = (text: string): string | null => understood(text).extraction.metadata.merchant_name;

  it('is the company on a Malaysian receipt, also over two lines', () => {
    expect(merchantOf('tan ah kow\nMAJU BOOK\nCO. (M) SDN BHD\nTotal RM | 5.00')).toBe('MAJU BOOK CO. (M) SDN BHD');
  });

  it('is the chain on a German one, by its sign or its full name at the foot', () => {
    expect(merchantOf('LiDL\n33100 Paderborn\nSUMME EUR | 1,00')).toBe('Lidl');
    expect(merchantOf('Hauptstr. 1\n33100 Paderborn\nSUMME EUR | 1,00\nDirk Rossmann GmbH')).toBe('Rossmann');
  });

  it('is not guessed from a sign that begins with another letter', () => {
    expect(merchantOf('LDI\n33100 Paderborn\nSUMME EUR | 1,00')).not.toBe('Aldi');
  });
});

describe('evidence', () => {
  it('gives region, reading confidence and rule for every field and item', () => {
    const { evidence, items } = understood(`
      Corner Store
      Austin, TX 78701
      BREAD | $2.24
      Total | $2.24
      03/07/2022 14:55`).extraction;
    expect(Object.keys(evidence.fields).sort()).toEqual(['currency', 'merchant_name', 'purchase_date', 'total_amount']);
    expect(evidence.items).toHaveLength(items.length);
    for (const { region, reading_confidence, confidence, rule } of [
      ...Object.values(evidence.fields),
      ...evidence.items,
    ]) {
      expect(region.x + region.width).toBeLessThanOrEqual(1.0001);
      expect(region.width).toBeGreaterThan(0);
      expect(reading_confidence).toBeGreaterThan(0.9);
      expect(confidence).toBeGreaterThan(0.7);
      expect(rule).toMatch(/^(?:total|date|merchant|item|currency): /);
    }
  });
});
