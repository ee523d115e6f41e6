import { expect, it } from 'vitest';
import { workflowsPageOf } from '../../src/engine/workflows-page.ts';

it.each([
  ['http://127.0.0.1:8233', 'default', 'http://127.0.0.1:8233/namespaces/default/workflows'],
  ['https://temporal.example/ui/', 'receipts.a1b2c', 'https://temporal.example/ui/namespaces/receipts.a1b2c/workflows'],
  ['https://temporal.example', 'a b/c', 'https://temporal.example/namespaces/a%20b%2Fc/workflows'],
])('[H7] the workflows of a namespace stand under it in the Web UI at %s', (ui, namespace, page) => {
  expect(workflowsPageOf(ui, namespace)).toBe(page);
});
