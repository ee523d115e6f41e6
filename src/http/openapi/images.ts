import { z } from 'zod';
import { job } from '../../contract/fields.ts';
import { addReceipt, duplicateFields, uploadFields } from '../../contract/operations/add-receipt.ts';
import { getReceipt, receipt } from '../../contract/operations/receipts.ts';
import { LIMITS } from '../../contract/policies.ts';
import { bulkResult } from '../bulk-result.ts';
import { imageInput } from '../image-route.ts';
import { type Address, KEY_PARAMETER, parameter } from './address.ts';
import { fieldSchema, type Json, type Schemas } from './schemas.ts';

/** What a form with one file answers. */
const added = receipt.extend({ job_id: z.string(), job, ...duplicateFields });

const json = (schema: Json): Json => ({ 'application/json': { schema } });

/** The addresses that take or give an image: their bodies are no JSON, so no row of the operations table makes them. */
export function imageAddresses(given: Schemas): Address[] {
  const bytes = { schema: { type: 'string', contentMediaType: 'application/octet-stream' } };
  const ofUpload = {
    method: 'POST',
    parameters: [KEY_PARAMETER],
    errors: addReceipt.errors,
  } as const;
  return [
    {
      ...ofUpload,
      path: '/receipts',
      operationId: addReceipt.name,
      summary: addReceipt.summary,
      requestBody: formOf('file', bytes.schema),
      successes: {
        '200': {
          description: 'The same bytes were uploaded before: the first receipt of them and its job.',
          content: json(given.named('AddReceiptOutput', added)),
        },
        '201': { description: 'The receipt and its job.', content: json(given.named('AddReceiptOutput', added)) },
      },
    },
    {
      ...ofUpload,
      path: '/receipts/bulk',
      operationId: 'add_receipts_in_bulk',
      summary: 'Upload many receipts: each file has a result of its own.',
      requestBody: formOf('files', { type: 'array', items: bytes.schema, minItems: 1, maxItems: LIMITS.bulkFiles }),
      successes: {
        '201': { description: 'All files were added.', content: json(given.named('BulkUploadOutput', bulkResult)) },
        '207': { description: 'Some were refused.', content: json(given.named('BulkUploadOutput', bulkResult)) },
      },
    },
    {
      method: 'POST',
      path: '/uploads/{token}',
      operationId: 'use_upload',
      summary: 'Upload one receipt to an address of create_upload; the same photo again is answered as the first time.',
      parameters: [parameter('path', 'token', z.string())],
      requestBody: formOf('file', bytes.schema, {}),
      successes: {
        '200': {
          description: 'The same bytes were uploaded before: the first receipt of them and its job.',
          content: json(given.named('AddReceiptOutput', added)),
        },
        '201': { description: 'The receipt and its job.', content: json(given.named('AddReceiptOutput', added)) },
      },
      errors: [
        ...addReceipt.errors.filter((code) => code !== 'idempotency_conflict'),
        'not_found',
        'upload_address_gone',
      ],
    },
    {
      method: 'GET',
      path: '/receipts/{receipt_id}/image',
      operationId: 'get_receipt_image',
      summary: 'The image of a receipt, or a part of it as JPEG.',
      parameters: [
        parameter('path', 'receipt_id', imageInput.shape.receipt_id),
        parameter('query', 'region', imageInput.shape.region),
        parameter('query', 'form', imageInput.shape.form),
      ],
      successes: { '200': { description: 'The image.', content: { 'image/*': bytes } } },
      errors: [...getReceipt.errors, 'image_missing', 'image_unreadable'],
    },
  ];
}

function formOf(name: string, file: Json, shape: z.ZodRawShape = uploadFields.shape): Json {
  const fields = Object.entries(shape).map(([field, schema]) => [field, fieldSchema(field, schema)]);
  const schema = {
    type: 'object',
    required: [name],
    properties: { [name]: file, ...Object.fromEntries(fields) },
    additionalProperties: false,
  };
  return { required: true, content: { 'multipart/form-data': { schema } } };
}
