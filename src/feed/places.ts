import { AppError } from '../contract/errors.ts';
import { FEED } from '../contract/policies.ts';

/** Who holds a subscription, whatever it tells of. */
export interface Subscriber {
  readonly tenant: string;
  readonly user: number;
}

/** The subscriptions that may be open at once, in all and of one user. */
export interface Places {
  /**
   * @returns gives the place back
   * @throws AppError rate_limited
   */
  take(by: Subscriber | undefined): () => void;
}

export function createPlaces(): Places {
  const ofUser = new Map<string, number>();
  let taken = 0;

  function takeOwn({ tenant, user }: Subscriber): () => void {
    const key = JSON.stringify([tenant, user]);
    const own = ofUser.get(key) ?? 0;
    if (own >= FEED.subscriptionsPerUser) throw tooMany(`User ${user} has ${own} subscriptions open already.`);
    ofUser.set(key, own + 1);
    return () => {
      const left = (ofUser.get(key) ?? 1) - 1;
      if (left > 0) ofUser.set(key, left);
      else ofUser.delete(key);
    };
  }

  return {
    take(by) {
      if (taken >= FEED.subscriptions) throw tooMany(`${taken} subscriptions are open already.`);
      const leaveOwn = by && takeOwn(by);
      taken++;
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        taken--;
        leaveOwn?.();
      };
    },
  };
}

function tooMany(message: string): AppError {
  return new AppError('rate_limited', message, {
    hint: 'Subscribe again in 5 s, or close one that is not read any more.',
    retryAfterS: 5,
  });
}
