/** Who is signed in. */
import { me as fetchMe, saveMe, type Me } from './api/auth';
import { ApiError, whenSignedOut } from './api/client';
import { language, setLocale } from './i18n.svelte';
import { setTheme, type Theme } from './theme.svelte';

let user = $state.raw<Me | null>(null);
let status = $state<'starting' | 'out' | 'in'>('starting');

/** The signed-in user, or null. */
export function currentUser(): Me | null {
  return user;
}

export function sessionStatus(): 'starting' | 'out' | 'in' {
  return status;
}

/** Asks the server who is signed in. Throws only when the server cannot be reached or fails. */
export async function refreshSession(): Promise<void> {
  try {
    user = await fetchMe();
    status = 'in';
    if (user.locale && user.locale !== language()) await setLocale(user.locale);
    if (user.theme) setTheme(user.theme as Theme);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    endSession();
  }
}

/** Forgets the user; the shell then shows the login page. */
export function endSession(): void {
  user = null;
  status = 'out';
}

/** Switches the language here and, if someone is signed in, for their other machines. */
export async function chooseLocale(next: string): Promise<void> {
  await setLocale(next);
  if (user) await saveMe({ locale: next });
}

/** Switches the theme here and, if someone is signed in, for their other machines. */
export async function chooseTheme(next: Theme): Promise<void> {
  setTheme(next);
  if (user) await saveMe({ theme: next === 'system' ? '' : next });
}

whenSignedOut(endSession);
