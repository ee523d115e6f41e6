import { newPhoto } from './images.ts';

export type Part = readonly [name: string, value: string | Blob, fileName?: string];

export function formOf(...parts: readonly Part[]): FormData {
  const form = new FormData();
  for (const [name, value, fileName] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, fileName ?? 'receipt.jpg');
  }
  return form;
}

export const blob = (bytes: Uint8Array | string) => new Blob([bytes]);
/** Each is another photograph. */
export const photo = () => blob(new Uint8Array(newPhoto()));
