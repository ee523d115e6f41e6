import type { HttpQueue } from './http-queue.ts';

/** Calls an address without a body. @returns status and JSON body */
export async function callJson(
  http: HttpQueue,
  method: 'GET' | 'POST',
  address: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await http.fetch(address, { method });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
