/** The instant of a wall clock in a zone, by Intl: for forms in which people write local times. */
import { wall } from './wall';

/** `2026-05-04T09:30` in a zone → RFC 3339 in UTC. A time that a change of clocks leaves out becomes the one after it. */
export function instant(local: string, zone: string): string {
  const asked = Date.parse(`${local.slice(0, 16)}:00Z`);
  const seen = (ms: number) => {
    const w = wall(new Date(ms).toISOString(), zone);
    return Date.parse(`${w.date}T${w.time}:00Z`);
  };
  let at = asked - (seen(asked) - asked);
  at -= seen(at) - asked; // once more over a change of clocks
  return new Date(at).toISOString();
}
