/** Menus: checked and dialled through by the switch's own rules. */
import { call, get } from './client';
import type { FlowReport, FlowRun } from '../flow';

export const checkFlow = (text: string, signal?: AbortSignal) => call<FlowReport>('POST', '/setup/flow-check', { body: { text }, signal });

export const testFlow = (trial: { text: string; dial: string; caller?: string; number?: string; at?: string | null }) => call<FlowRun>('POST', '/setup/flow-test', { body: trial });

export interface TelephonyState {
  server: string;
  running: boolean;
  notes: string[];
}

export const telephony = (signal?: AbortSignal) => get<TelephonyState>('/setup/telephony', undefined, signal);
