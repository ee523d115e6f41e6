import { Link } from 'wouter';
import { PageHeader } from './page-header.tsx';

/** An address under /ui that no page has. */
export function NotFound() {
  return (
    <>
      <PageHeader title="No such page" />
      <p>
        Nothing is at this address. <Link href="/">Go to the overview</Link>
      </p>
    </>
  );
}
