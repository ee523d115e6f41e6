import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type CallProblem, problemFrom } from '../../api/problem.ts';
import { type Uploaded, uploadReceipt } from '../../api/upload.ts';

/** One file on its way. */
export interface Item {
  /** The idempotency key of its upload, too. */
  readonly key: string;
  readonly file: File;
  readonly preview: string;
  readonly state:
    | { readonly is: 'chosen' }
    | { readonly is: 'sending'; readonly part: number }
    | { readonly is: 'added'; readonly as: Uploaded }
    | { readonly is: 'refused'; readonly problem: CallProblem };
}

/** Files of one dialog; a batch of more is for the command line. */
export const MAX_FILES = 50;
/** Uploads at the same time: a browser has six connections for a server, and one has the events. */
const AT_ONCE = 2;

const isOpen = ({ state }: Item) => state.is === 'chosen' || (state.is === 'refused' && state.problem.retryable);

/** The files of the dialog, and what sends them. */
export function useUploads() {
  const queries = useQueryClient();
  const [items, setItems] = useState<readonly Item[]>([]);
  const [isSending, setSending] = useState(false);
  const end = useRef(new AbortController());
  const latest = useRef(items);
  latest.current = items;
  useEffect(() => {
    end.current = new AbortController();
    return () => {
      end.current.abort();
      for (const { preview } of latest.current) URL.revokeObjectURL(preview);
    };
  }, []);

  function set(key: string, state: Item['state']): void {
    setItems((all) => all.map((item) => (item.key === key ? { ...item, state } : item)));
  }
  async function send(item: Item, purchaseDate: string | undefined): Promise<void> {
    set(item.key, { is: 'sending', part: 0 });
    try {
      const as = await uploadReceipt(item.file, {
        key: item.key,
        purchaseDate,
        signal: end.current.signal,
        onProgress: (part) => set(item.key, { is: 'sending', part }),
      });
      set(item.key, { is: 'added', as });
    } catch (thrown) {
      set(item.key, { is: 'refused', problem: problemFrom(thrown) });
    }
  }

  return {
    items,
    isSending,
    open: items.filter(isOpen),
    add(files: readonly File[]): void {
      setItems((all) =>
        [
          ...all,
          ...files.map(
            (file): Item => ({
              key: crypto.randomUUID(),
              file,
              preview: URL.createObjectURL(file),
              state: { is: 'chosen' },
            }),
          ),
        ].slice(0, MAX_FILES),
      );
    },
    remove(key: string): void {
      setItems((all) => all.filter((item) => item.key !== key));
    },
    async sendAll(purchaseDate: string | undefined): Promise<void> {
      setSending(true);
      const waiting = items.filter(isOpen);
      const lanes = Array.from({ length: AT_ONCE }, async () => {
        for (let item = waiting.shift(); item; item = waiting.shift()) await send(item, purchaseDate);
      });
      await Promise.all(lanes);
      setSending(false);
      await queries.invalidateQueries();
    },
  };
}
