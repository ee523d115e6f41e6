import { Check, Copy as CopyIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';

interface CopyProps {
  readonly text: string;
  /** What is copied: "Copy job id". */
  readonly label: string;
  /** Shows its label beside the picture. */
  readonly isWordy?: boolean;
}

const SHOWN_MS = 2_000;

/** Copies a text; says whether it worked. */
export function Copy({ text, label, isWordy = false }: CopyProps) {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () => {
    copyText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    );
  };
  const says = outcome === undefined ? label : outcome === 'copied' ? 'Copied' : 'The browser refused to copy';
  const icon = outcome === 'copied' ? Check : CopyIcon;
  if (!isWordy) return <IconButton icon={icon} label={says} onClick={copy} />;
  return (
    <Button kind="quiet" icon={icon} onClick={copy}>
      {says}
    </Button>
  );
}

/** @throws where the browser does not allow it, or the page is not on a secure address */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard === undefined) throw new Error('no clipboard at this address');
  await navigator.clipboard.writeText(text);
}
