/** History routing: the path picks the page, the query string holds its state, so a link can be shared. */

let path = $state(location.pathname);
let search = $state(location.search);

/** The current path. */
export function currentPath(): string {
  return path;
}

/** The current query, parsed anew when it changes. */
export function query(): URLSearchParams {
  return new URLSearchParams(search);
}

function sync(): void {
  path = location.pathname;
  search = location.search;
}

/** Goes to an address of this application. */
export function go(href: string, options: { replace?: boolean } = {}): void {
  if (href === location.pathname + location.search) return;
  const moved = new URL(href, location.href).pathname !== location.pathname;
  history[options.replace ? 'replaceState' : 'pushState'](null, '', href);
  sync();
  if (moved) scrollTo(0, 0);
}

/** Changes some parameters of the query; null removes one. Picking a filter is not a step back. */
export function setQuery(changes: Record<string, string | string[] | null | undefined>): void {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    if (Array.isArray(value)) for (const item of value) next.append(name, item);
    else if (value !== null && value !== undefined && value !== '') next.set(name, value);
  }
  const text = next.toString();
  go(location.pathname + (text ? `?${text}` : ''), { replace: true });
}

/** Starts following the back button and clicks on links of this origin. Returns the undo. */
export function startRouter(): () => void {
  const click = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/') || link.getAttribute('href')?.startsWith('#')) return;
    event.preventDefault();
    go(link.pathname + link.search);
  };
  addEventListener('popstate', sync);
  document.addEventListener('click', click);
  return () => {
    removeEventListener('popstate', sync);
    document.removeEventListener('click', click);
  };
}
