import { useInfiniteQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { call, queryOf } from '../../api/call.ts';
import { AskedTrouble } from '../../shell/asked.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import { AddReceipts } from '../../shell/uploads.tsx';
import { Waiting } from '../../shell/waiting.tsx';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Rows } from '../../ui/rows.tsx';
import { askedOf, RECEIPT_FILTERS } from './filters.ts';
import { receiptColumns } from './receipt-columns.tsx';
import { ReceiptFilterBar } from './receipt-filter-bar.tsx';
import styles from './receipts.module.css';
import { Sums } from './sums.tsx';

const PAGE_ROWS = 100;

/** Receipts by shop, item, day, total and doubt, with their exact sums. */
export function Page() {
  const [filters, setFilters] = useQueryStates(RECEIPT_FILTERS, { history: 'push' });
  const asked = askedOf(filters);
  const found = useInfiniteQuery({
    queryKey: ['findReceipts', asked],
    queryFn: ({ pageParam, signal }) =>
      call(
        'findReceipts',
        { ...asked, limit: PAGE_ROWS, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: (before) => before,
  });
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = found;
  const rows = data?.pages.flatMap(({ receipts }) => receipts) ?? [];
  const similar = data?.pages[0]?.similar_merchants ?? [];
  const isFiltered = Object.keys(asked).length > 0;
  return (
    <>
      <PageHeader
        title="Receipts"
        actions={
          <>
            <a className={buttonClass('plain')} href={`/receipts/export?${queryOf(asked)}`} download>
              <Download size={16} aria-hidden />
              CSV
            </a>
            <AddReceipts />
          </>
        }
      />
      <div className={styles.page}>
        <ReceiptFilterBar filters={filters} onChange={(next) => void setFilters(next)} />
        {similar.length > 0 && (
          <p className={styles.similar}>
            Not included, but named alike:{' '}
            {similar.map(({ merchant, receipts }) => (
              <button key={merchant} type="button" onClick={() => void setFilters({ merchant })}>
                <bdi>{merchant}</bdi> ({receipts})
              </button>
            ))}
          </p>
        )}
        <Sums asked={asked} sumBy={filters.sum_by} onSumBy={(sum_by) => void setFilters({ sum_by })} />
        <AskedTrouble error={error} onRetry={() => void refetch()} />
        <Panel isFlush>
          {data === undefined ? (
            !error && <Waiting />
          ) : rows.length === 0 && !hasNextPage ? (
            <NoReceipts isFiltered={isFiltered} onDrop={() => void setFilters(null)} />
          ) : (
            <Rows
              label="Receipts"
              columns={receiptColumns}
              rows={rows}
              keyOf={({ receipt_id }) => String(receipt_id)}
              onMore={hasNextPage ? () => void fetchNextPage() : undefined}
              isLoadingMore={isFetchingNextPage}
            />
          )}
        </Panel>
      </div>
    </>
  );
}

function NoReceipts({ isFiltered, onDrop }: { readonly isFiltered: boolean; readonly onDrop: () => void }) {
  return isFiltered ? (
    <Empty title="No receipt matches this filter">
      <Button onClick={onDrop}>Remove filter</Button>
    </Empty>
  ) : (
    <Empty title="No receipt yet">
      <p>
        Drop photos anywhere on this page, or run <code>pantry-queue receipt add FILE</code>.
      </p>
    </Empty>
  );
}
