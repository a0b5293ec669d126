import { readdirSync, rmSync } from 'node:fs';
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

export default defineConfig({
  plugins: [cleanDist(), svelte()],
  resolve: { alias: { $lib: at('src/lib'), $i18n: at('../internal/i18n') } },
  build: {
    outDir: 'dist',
    emptyOutDir: false, // cleanDist does it
    target: 'es2022',
    assetsInlineLimit: 0, // the content policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false, // scripts/size.mjs measures what matters
  },
  server: {
    fs: { allow: ['.', '../internal/i18n'] },
    proxy: { '/api': process.env.AGNER_DEV_URL ?? 'http://127.0.0.1:8480' },
  },
});
