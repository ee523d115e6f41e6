/** CSS width of a column in which the largest amount that a receipt holds stands whole: `-99,999,999.99 USD`. */
export const AMOUNT_WIDTH = 'min(172px, 44vw)';
