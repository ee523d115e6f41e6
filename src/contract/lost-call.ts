import { AppError } from './errors.ts';

/** A call that the agent seems to have forgotten while it was away. It was cut, so that the job can be asked again. */
export class LostCall extends AppError {
  constructor() {
    super('agent_unavailable', 'The agent was away during this call and has not answered it; it is asked again.');
  }
}
