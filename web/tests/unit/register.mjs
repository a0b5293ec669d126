// Lets Node's test runner import the TypeScript sources.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
