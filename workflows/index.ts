export { ocrReceipt } from './ocr-receipt.ts';
