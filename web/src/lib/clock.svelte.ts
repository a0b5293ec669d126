/** The server's clock on a page: the stamp that came last, and what has passed here since. */

export class ServerClock {
  now = $state(0);
  #stamp = 0;
  #arrived = 0;

  /** Notes the server's stamp of an answer that has just come. */
  set(stamp: string): void {
    this.#stamp = Date.parse(stamp);
    this.#arrived = Date.now();
    this.#tick();
  }

  #tick(): void {
    if (this.#stamp) this.now = this.#stamp + Math.max(0, Date.now() - this.#arrived);
  }

  /** Ticks until the returned function is called; for an effect. */
  run(): () => void {
    const timer = setInterval(() => this.#tick(), 1000);
    return () => clearInterval(timer);
  }

  /** Seconds since an instant, never negative. */
  since(stamp: string | undefined): number {
    return stamp && this.now ? Math.max(0, (this.now - Date.parse(stamp)) / 1000) : 0;
  }

  /** Seconds until an instant, never negative. */
  until(stamp: string | undefined): number {
    return stamp && this.now ? Math.max(0, (Date.parse(stamp) - this.now) / 1000) : 0;
  }
}
