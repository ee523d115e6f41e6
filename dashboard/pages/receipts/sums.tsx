import { useQuery } from '@tanstack/react-query';
import type { InputOf, OutputOf } from '../../../src/contract/queue-api.ts';
import { answer } from '../../api/queries.ts';
import { Asked } from '../../shell/asked.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { countOf, moneyOf } from '../../words/money.ts';
import { plural } from '../../words/text.ts';
import { SUM_BY, type SumBy } from './filters.ts';
import styles from './receipts.module.css';

type Summary = OutputOf<'summarizeReceipts'>;

const GROUPS = 12;
const GROUP_CHARS = 50;

interface SumsProps {
  readonly asked: InputOf<'findReceipts'>;
  readonly sumBy: SumBy;
  readonly onSumBy: (sumBy: SumBy) => void;
}

/** Exact sums of what the filter finds: each currency for itself, and what is in doubt apart. */
export function Sums({ asked, sumBy, onSumBy }: SumsProps) {
  const sums = useQuery(answer('summarizeReceipts', { ...asked, sum_by: sumBy, limit: GROUPS }));
  return (
    <Panel
      title="Sums"
      note={sums.data && noteOf(sums.data)}
      isFlush
      actions={<SelectField label="By" name="sum_by" value={sumBy} options={SUM_BY} onChange={onSumBy} />}
    >
      <Asked query={sums}>
        {({ groups, groups_left_out }) =>
          groups.length === 0 ? (
            <p className={styles.none}>Nothing to sum.</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
            <section className={styles.scroll} tabIndex={0} aria-label="Table of sums">
              <table className={styles.sums} aria-label="Sums">
                <thead>
                  <tr>
                    <th scope="col">{SUM_BY.find(([key]) => key === sumBy)?.[1]}</th>
                    <th scope="col">Receipts</th>
                    <th scope="col">Certain</th>
                    <th scope="col">In doubt</th>
                  </tr>
                </thead>
                <tbody>
                  {groups.map((group) => (
                    <tr key={`${group.group} ${group.currency}`}>
                      <th scope="row">
                        <Untrusted
                          text={group.group ?? (sumBy === 'currency' ? group.currency : null)}
                          maxChars={GROUP_CHARS}
                        />
                      </th>
                      <td>{countOf(group.certain.receipts + group.doubtful.receipts)}</td>
                      <td>{moneyOf(group.certain.total, group.currency)}</td>
                      <td>{group.doubtful.receipts === 0 ? '–' : moneyOf(group.doubtful.total, group.currency)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {groups_left_out > 0 && <p className={styles.none}>And {plural(groups_left_out, 'smaller row')}.</p>}
            </section>
          )
        }
      </Asked>
    </Panel>
  );
}

function noteOf({ receipts, without_total, without_date }: Summary): string {
  return [
    plural(receipts, 'receipt'),
    ...(without_total === 0 ? [] : [`${countOf(without_total)} without a total, in no sum`]),
    ...(without_date === 0 ? [] : [`${countOf(without_date)} without a day`]),
  ].join(' · ');
}
