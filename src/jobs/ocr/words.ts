import type { JobWords } from '../job-type.ts';

export const words: JobWords = {
  subject: (id) => `receipt ${id}`,
  deleted: { code: 'receipt_deleted', says: (id) => `Receipt ${id} was deleted while its job was live.` },
  changed: {
    code: 'receipt_changed',
    says: (id) => `Receipt ${id} got another image or owner while its job was live.`,
  },
  resultDeleted: (id, jobId) => `Receipt ${id} was deleted, and with it the reading of ${jobId}.`,
  expired: (id) => `Its receipt is still there: GET /receipts/${id} (pantry-queue receipt show ${id}).`,
  unwritten: {
    uncalled: 'Nothing was written: no agent had read the receipt.',
    aborting: 'Nothing was written: the agent’s call is being aborted.',
    called: 'Nothing was written to the receipt.',
  },
  attributes: (id) => ({ PantryReceipt: id }),
};
