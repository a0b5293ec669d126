import { mount } from 'svelte';
import App from './App.svelte';
import { setLocale, startLocale } from './lib/i18n.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/print.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
await setLocale(startLocale());
mount(App, { target });
