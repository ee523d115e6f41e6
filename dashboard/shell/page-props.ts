/** What every page is given: what its address is about, empty where it is about nothing single. */
export interface PageProps {
  readonly id: string;
}
