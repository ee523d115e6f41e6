import type { TextLine } from '../receipt-text.ts';

/** One bought thing, deposit or discount, as printed. It is completed while the rows around it are read. */
export interface FoundItem {
  name: string;
  /** Line total in thousandths, with its sign. */
  price: number;
  quantity: number | undefined;
  quantityDecimals: number;
  /** As printed: it may have more decimals than the currency. */
  unitPrice: number | undefined;
  unitDecimals: number;
  readonly line: TextLine;
  readonly priceAt: number;
  nameLine: TextLine;
  rule: string;
}

export function newItem(
  name: string,
  price: number,
  row: { line: TextLine; priceAt: number },
  rule: string,
): FoundItem {
  return {
    name,
    price,
    quantity: undefined,
    quantityDecimals: 0,
    unitPrice: undefined,
    unitDecimals: 2,
    line: row.line,
    priceAt: row.priceAt,
    nameLine: row.line,
    rule,
  };
}

export function setQuantity(
  item: FoundItem,
  found: { quantity: number; quantityDecimals: number; unitPrice: number; unitDecimals: number },
): void {
  item.quantity = found.quantity;
  item.quantityDecimals = found.quantityDecimals;
  item.unitPrice = found.unitPrice;
  item.unitDecimals = found.unitDecimals;
}

export function addName(item: FoundItem, text: string, line: TextLine): void {
  item.name = item.name === '' ? text : `${item.name} ${text}`;
  item.nameLine = line;
}
