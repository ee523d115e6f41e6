import type { CallToolResult } from '@modelcontextprotocol/server';

/** A picture with one line about it, in place of an answer's object. */
export interface Picture {
  /** Of ours: no word of what is in the picture. */
  readonly line: string;
  /** In base64. */
  readonly jpeg: string;
}

/** @param shown a `Picture` */
export function pictureResult({ line, jpeg }: Readonly<Record<string, unknown>>): CallToolResult {
  return {
    content: [
      { type: 'text', text: String(line) },
      { type: 'image', data: String(jpeg), mimeType: 'image/jpeg' },
    ],
  };
}
