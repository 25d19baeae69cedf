/** Lets Node load what the bundler loads with `?raw`: the text of a file as its default export. Import before, and the code that needs it dynamically after. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  load: (url, context, nextLoad) => {
    if (!url.endsWith('?raw')) return nextLoad(url, context);
    return { format: 'module', source: `export default ${JSON.stringify(readFileSync(fileURLToPath(url), 'utf8'))}`, shortCircuit: true };
  },
});
