/**
 * Packages the built application (docs/adr/0007). `npm run package` makes an unpacked folder offline; pass other targets on
 * the command line (`--linux tar.gz deb`). The runtime is the one in node_modules/electron/dist: what is shipped must be
 * the official Electron, never the fallback for development.
 */
const fs = require('node:fs');
const path = require('node:path');

// The real path: electron-builder copies a link as a link.
const electronDist = fs.realpathSync(path.join(__dirname, 'node_modules/electron/dist'));
const electronVersion = fs.readFileSync(path.join(electronDist, 'version'), 'utf8').trim().replace(/^v/, '');

module.exports = {
  appId: 'org.suar.desk',
  productName: 'Suar',
  executableName: 'suar',
  electronDist,
  electronVersion,
  npmRebuild: false,
  directories: { output: process.env.SUAR_RELEASE_DIR ?? 'release', buildResources: 'resources/icons' },
  // Everything the app runs is bundled into out/: no node_modules, no sources, no tests.
  files: ['out/**', '!out/types/**', '!out/bench/**', '!**/*.map', 'package.json', '!node_modules/**'],
  asar: true,
  electronLanguages: ['en-US', 'fil', 'id', 'ms', 'ta', 'th', 'vi', 'zh-CN'],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
    // Electron checks the archive on macOS and Windows only.
    enableEmbeddedAsarIntegrityValidation: process.platform !== 'linux',
  },
  afterExtract: (context) => {
    for (const file of ['resources/default_app.asar', 'version']) fs.rmSync(path.join(context.appOutDir, file), { force: true });
  },
  linux: { target: ['dir'], category: 'Office', maintainer: 'Suar maintainers <suar@example.invalid>', synopsis: 'Case and intelligence desk for cybercrime units' },
  win: { target: ['nsis'] },
  mac: { target: ['dmg'], category: 'public.app-category.productivity' },
};
