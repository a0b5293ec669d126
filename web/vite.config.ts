import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Empties dist before a build but leaves placeholder.html, which is committed
 * so that the Go embed compiles on a machine without Node.
 */
function cleanDist(): Plugin {
  return {
    name: 'clean-dist',
    apply: 'build',
    buildStart() {
      try {
        for (const name of readdirSync(at('dist'))) {
          if (name !== 'placeholder.html') rmSync(at(`dist/${name}`), { recursive: true });
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    },
  };
}

/** Texts that no landing page shows: they come with the first page that needs them (routes.ts). */
const LATER = /^(rule|problem\.(planning|import|setup|erase|switch|forecast|routing)|ui\.(plan|fc))\.|^ui\.(tel|tr|lc|sc|ag|setup|f|opt|setting|setunit|event|import|outcome|format|profile|audit|token|account|call|calls|ivr|kpi|password|w|d)\./;

/** `virtual:messages/<language>/<core|rest>`: a language of internal/i18n in two parts. */
function messages(): Plugin {
  const prefix = 'virtual:messages/';
  return {
    name: 'messages',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      const [language, part] = id.slice(prefix.length + 1).split('/');
      const file = at(`../internal/i18n/${language}.json`);
      this.addWatchFile(file);
      const all = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
      const wanted = all.filter(([key]) => LATER.test(key) === (part === 'rest'));
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(wanted)))})`;
    },
  };
}

export default defineConfig({
  plugins: [cleanDist(), messages(), svelte()],
  resolve: { alias: { $lib: at('src/lib'), $i18n: at('../internal/i18n') } },
  build: {
    outDir: 'dist',
    emptyOutDir: false, // cleanDist does it
    target: 'es2022',
    assetsInlineLimit: 0, // the content policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    // What every page needs is one file: small chunks compress badly.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'base', test: /src\/lib\/(load\.svelte|wall|router\.svelte|session\.svelte|format|filters|api\/auth|components\/Loading)/ }] } },
    },
    reportCompressedSize: false, // scripts/size.mjs measures what matters
  },
  server: {
    fs: { allow: ['.', '../internal/i18n'] },
    proxy: { '/api': process.env.AGNER_DEV_URL ?? 'http://127.0.0.1:8480' },
  },
});
