import { describe, expect, it } from 'vitest';
import { understood } from '../support/printed.ts';

const REST = '12.03.2026 10:15\nBREAD | 5.00\nCHEESE | 7.50\nTOTAL | 12.50';
const merchantOf = (head: string): string | null => understood(`${head}\n${REST}`).extraction.metadata.merchant_name;

describe('a merchant', () => {
  it.each([
    'YOUR GUEST NUMBER IS\n57',
    'LANE 6',
    'Store #1291',
    'Store Number 364',
    '#Waka1 (10)',
    'CARRY OUT',
    '204 East 43rd Street',
    'Everett, WA 98204',
    'London W1S 3AN',
    '(212) 972-1001',
    "i'm lovin' it",
    'Win 1 of 5 prizes of £200',
    'TABLE 21 - 4 Guests',
    'GUEST CHECK',
    'Thank you for visiting us!',
  ])('[O8] is not the line of the till above it: %s', (line) => {
    expect(merchantOf(`${line}\nHarbour Lights Grill`)).toBe('Harbour Lights Grill');
  });

  it('[O8] keeps its name beside the number of a branch', () => {
    expect(merchantOf("Miller's Steak House No:11\nCustomer: SMITH")).toContain("Miller's Steak House");
  });

  it('[I17] is no chain whose name an everyday word resembles', () => {
    expect(merchantOf('TWO OAKS BURGER CO.\nDinner\nCheck No 61493')).toBe('TWO OAKS BURGER CO.');
  });
});
