// Stands in for Electron's own default app, which the fallback build does not carry: makes `electron <path>` and `-r <module>` work.
import { app } from 'electron/main';
import fs from 'node:fs';
import { Module } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const preloads = [];
let target;
const args = process.argv.slice(1);
while (args.length > 0 && target === undefined) {
  const arg = args.shift();
  if (arg === '-r' || arg === '--require') preloads.push(args.shift());
  else if (arg === '-v' || arg === '--version') {
    console.log(`v${process.versions.electron}`);
    process.exit(0);
  } else if (!arg.startsWith('-')) target = path.resolve(arg);
}
if (preloads.length > 0) Module._preloadModules(preloads);
if (target === undefined) {
  console.error('usage: electron [options] <application folder>');
  process.exit(1);
}
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });

const manifest = path.join(target, 'package.json');
if (fs.existsSync(manifest)) {
  const { name, productName, version } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  app.name = productName ?? name;
  if (version) app.setVersion(version);
}
app.setAppPath(fs.statSync(target).isDirectory() ? target : path.dirname(target));
try {
  await import(pathToFileURL(Module._resolveFilename(target, null, true)).href);
} catch (error) {
  console.error(error);
  process.exit(1);
}
