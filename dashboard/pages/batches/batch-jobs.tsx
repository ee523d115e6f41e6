import { moreOf, usePages } from '../../api/pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { useNowMs } from '../../shell/now.ts';
import { Panel } from '../../ui/panel.tsx';
import { Rows } from '../../ui/rows.tsx';
import { jobColumns } from '../jobs/job-columns.tsx';

const AGES_EVERY_MS = 10_000;

/** The jobs of a batch, as the list of jobs shows them. */
export function BatchJobs({ batchId }: { readonly batchId: string }) {
  const query = usePages('findJobs', { batch_id: batchId });
  const columns = jobColumns(useNowMs(AGES_EVERY_MS));
  return (
    <Panel title="Jobs" isFlush>
      <Asked query={query}>
        {({ pages }) => (
          <Rows
            label="Jobs of the batch"
            columns={columns}
            rows={pages.flatMap(({ jobs }) => jobs)}
            keyOf={({ job_id }) => job_id}
            {...moreOf(query)}
          />
        )}
      </Asked>
    </Panel>
  );
}
