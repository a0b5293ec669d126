/** Loading as a state: data stays on the page while newer data is fetched, and a late answer never wins. */

export class Loader<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  loading = $state(false);
  #abort: AbortController | null = null;

  /** Fetches, dropping whatever was still under way. */
  async run(fetcher: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    try {
      const data = await fetcher(abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = error;
      this.data = null;
    }
    this.loading = false;
  }

  /** Ends a fetch that nobody waits for any more. */
  stop(): void {
    this.#abort?.abort();
  }
}

/**
 * A loader that follows its key: call during component set-up. `key` reads the state the request
 * depends on; null means "nothing to load". `retry` fetches again.
 */
export function follow<K, T>(
  key: () => K | null,
  fetcher: (key: K, signal: AbortSignal) => Promise<T>,
): Loader<T> & { retry: () => void } {
  const loader = new Loader<T>() as Loader<T> & { retry: () => void };
  let again = $state(0);
  let last = '';
  loader.retry = () => {
    last = '';
    again++;
  };
  $effect(() => {
    void again;
    const k = key();
    const text = JSON.stringify(k);
    if (k === null || text === last) return;
    last = text;
    void loader.run((signal) => fetcher(k, signal));
  });
  $effect(() => () => loader.stop());
  return loader;
}
