// Builds dist/module.js: our editors alone, as the AMD module that Grafana's loader takes. What Grafana itself has is asked
// of it at run time.
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const external = ['react', 'react-dom', 'rxjs', '@grafana/data', '@grafana/runtime', '@grafana/schema', '@grafana/ui'];
const limit = 40_000; // bytes: editors are small, and every dashboard loads them

const result = await build({
  entryPoints: ['src/module.ts'], bundle: true, minify: true, format: 'cjs', target: 'es2021', jsx: 'transform', external, write: false, legalComments: 'none', metafile: true,
});
const used = external.filter((name) => Object.values(result.metafile.outputs).some((o) => o.imports.some((i) => i.path === name)));
const args = used.map((_, i) => `d${i}`);
const text = `define(${JSON.stringify(used)},function(${args}){var known={${used.map((n, i) => `${JSON.stringify(n)}:${args[i]}`)}};` +
  `var require=function(n){return known[n]},module={exports:{}},exports=module.exports;${result.outputFiles[0].text};return module.exports});\n`;
if (text.length > limit) {
  throw new Error(`module.js has ${text.length} bytes, want at most ${limit}: has something of Grafana's been bundled?`);
}
const version = process.env.VERSION?.replace(/^v/, '') || JSON.parse(readFileSync('package.json', 'utf8')).version;
mkdirSync('dist/img', { recursive: true });
writeFileSync('dist/module.js', text);
writeFileSync('dist/plugin.json', readFileSync('src/plugin.json', 'utf8').replace('%VERSION%', version).replace('%TODAY%', new Date().toISOString().slice(0, 10)));
for (const name of readdirSync('src/img')) {
  copyFileSync(`src/img/${name}`, `dist/img/${name}`);
}
for (const name of ['README.md', 'CHANGELOG.md']) {
  if (existsSync(name)) copyFileSync(name, `dist/${name}`);
}
console.log(`module.js: ${text.length} bytes, ${gzipSync(text).length} compressed; asks Grafana for ${used.join(', ')}`);
