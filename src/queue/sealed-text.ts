import { createHmac, timingSafeEqual } from 'node:crypto';

const FORM = /^([a-z])(\d{1,6})\.([\w-]+)\.([\w-]+)$/;

/** Why a text cannot be opened: it has another form, is of another version, or was changed or given to somebody else. */
export type SealFault = 'format' | 'version' | 'foreign';

/** What one sort of sealed text is made with. */
export interface SealForm {
  /** Its first letter. */
  readonly letter: string;
  /** Changes when the meaning of what is sealed does. */
  readonly version: number;
  /** Bytes of the signature that are kept. */
  readonly macBytes: number;
}

/**
 * Text that a caller brings back unchanged: a value that any process of the queue opens and none of them keeps. It is
 * signed together with what it is bound to (a user, a list), which is not in the text.
 */
export interface SealedText<T> {
  seal(boundTo: readonly unknown[], value: T): string;
  open(boundTo: readonly unknown[], text: string): { readonly value: T } | { readonly fault: SealFault };
}

/** @param key shared by all processes of one ledger, shown at no door */
export function createSealedText<T>(key: Uint8Array | string, { letter, version, macBytes }: SealForm): SealedText<T> {
  const macOf = (boundTo: readonly unknown[], payload: string): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([letter, version, boundTo, payload]))
      .digest()
      .subarray(0, macBytes)
      .toString('base64url');
  return {
    seal(boundTo, value) {
      const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${letter}${version}.${payload}.${macOf(boundTo, payload)}`;
    },
    open(boundTo, text) {
      const [, given, ofVersion, payload = '', mac = ''] = FORM.exec(text) ?? [];
      if (given !== letter) return { fault: 'format' };
      if (Number(ofVersion) !== version) return { fault: 'version' };
      return isSame(mac, macOf(boundTo, payload))
        ? { value: JSON.parse(Buffer.from(payload, 'base64url').toString()) as T }
        : { fault: 'foreign' };
    },
  };
}

/** As text: several texts stand for the same bytes. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
