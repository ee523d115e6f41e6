import { Component, type ReactNode } from 'react';
import { PageHeader } from './page-header.tsx';

interface CrashState {
  readonly error: Error | undefined;
}

/** A page that fails takes nothing else with it. */
export class Crash extends Component<{ readonly children: ReactNode }, CrashState> {
  override state: CrashState = { error: undefined };

  static getDerivedStateFromError(error: Error): CrashState {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <>
        <PageHeader title="This page failed" />
        <p role="alert">
          {error.message} <a href={location.href}>Load it again</a>
        </p>
      </>
    );
  }
}
