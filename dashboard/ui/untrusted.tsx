import { lineOf, linesOf } from '../words/text.ts';

interface UntrustedProps {
  readonly text: string | null | undefined;
  readonly maxChars?: number;
}

/** One line of text from outside, on its own in the direction of writing. */
export function Untrusted({ text, maxChars }: UntrustedProps) {
  return <bdi>{lineOf(text, maxChars)}</bdi>;
}

/** Several lines of it, as they were written. */
export function UntrustedLines({
  text,
  className,
}: {
  readonly text: string;
  readonly className?: string | undefined;
}) {
  return (
    <pre className={className}>
      <bdi>{linesOf(text)}</bdi>
    </pre>
  );
}
