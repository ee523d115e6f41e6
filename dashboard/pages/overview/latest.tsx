import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answer } from '../../api/queries.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { useNowMs } from '../../shell/now.ts';
import { Empty } from '../../ui/empty.tsx';
import { FewRows } from '../../ui/few-rows.tsx';
import { Panel } from '../../ui/panel.tsx';

import { jobColumns } from '../jobs/job-columns.tsx';

const SHOWN = 8;
const AGES_EVERY_MS = 5_000;

/** The jobs that were accepted last. */
export function Latest() {
  const jobs = useQuery(answer('findJobs', { limit: SHOWN }));
  const columns = jobColumns(useNowMs(AGES_EVERY_MS));
  return (
    <Panel title="Latest jobs" isFlush actions={<Link href={addressOfPage('jobs')}>All jobs</Link>}>
      <Asked query={jobs}>
        {({ jobs: rows }) =>
          rows.length === 0 ? (
            <Empty title="No receipt yet">
              <p>
                Drop photos anywhere on this page, or run <code>pantry-queue receipt add FILE</code>.
              </p>
            </Empty>
          ) : (
            <FewRows label="Latest jobs" columns={columns} rows={rows} keyOf={({ job_id }) => job_id} />
          )
        }
      </Asked>
    </Panel>
  );
}
