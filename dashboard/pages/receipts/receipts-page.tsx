import { PageHeader } from '../../shell/page-header.tsx';

/** Being built. */
export function Page() {
  return <PageHeader title="Receipts" />;
}
