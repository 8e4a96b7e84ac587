// Opens page.html in Chromium and prints what it measured, one JSON object.
//
//   npm install --prefix FOLDER playwright-core maplibre-gl
//   xvfb-run -a -s "-screen 0 1280x720x24" node run.mjs --modules FOLDER/node_modules --city CITY.geojson
//       --overview lon,lat,distance_m,heading_deg,tilt_deg --near ... [--height height] [--frames 10]
//       [--angle 35] [--limit 300] [--chromium /usr/bin/chromium] [--picture OUT.png]
//
// It draws with the system's OpenGL, on software the same rasteriser that VTK uses, and needs a display for it.

import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const HERE = path.dirname(new URL(import.meta.url).pathname);
const TYPES = { html: 'text/html', mjs: 'text/javascript', js: 'text/javascript', css: 'text/css' };
const LOOK_MS = 250;

const { values: asked } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    modules: { type: 'string' },
    city: { type: 'string' },
    overview: { type: 'string' },
    near: { type: 'string' },
    height: { type: 'string', default: 'height' },
    frames: { type: 'string', default: '10' },
    angle: { type: 'string', default: '35' },
    limit: { type: 'string', default: '300' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    picture: { type: 'string' },
  },
});
if (asked.help || !asked.modules || !asked.city || !asked.overview || !asked.near) {
  const lines = fs.readFileSync(path.join(HERE, 'run.mjs'), 'utf8').split('\n');
  process.stdout.write(lines.slice(0, lines.indexOf('')).map(line => line.slice(3)).join('\n') + '\n');
  process.exit(asked.help ? 0 : 2);
}

const modules = path.resolve(asked.modules);
const { chromium } = createRequire(path.join(modules, 'x.js'))('playwright-core');

function fileFor(url) {
  const name = decodeURIComponent(new URL(url, 'http://here').pathname);
  if (name === '/city') return path.resolve(asked.city);
  if (name.startsWith('/modules/')) return path.join(modules, path.normalize(name.slice(8)));
  return path.join(HERE, 'page.html');
}

const server = http.createServer((request, response) => {
  const file = fileFor(request.url);
  fs.stat(file, (error, about) => {
    if (error || !about.isFile()) { response.writeHead(404).end(); return; }
    const type = TYPES[file.split('.').pop()] || 'application/json';
    response.writeHead(200, { 'content-type': type, 'content-length': about.size });
    fs.createReadStream(file).pipe(response);
  });
});
await new Promise(done => server.listen(0, '127.0.0.1', done));

function ourProcesses() {
  const children = {};
  for (const id of fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const stat = fs.readFileSync(`/proc/${id}/stat`, 'utf8');
      (children[stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]] ||= []).push(id);
    } catch { /* it has ended */ }
  }
  const found = [], waiting = [...(children[process.pid] || [])];
  while (waiting.length) { const id = waiting.pop(); found.push(id); waiting.push(...(children[id] || [])); }
  return found;
}

let peakMb = 0;
function look() {
  let held = 0;
  for (const id of ourProcesses()) {
    try {
      held += Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))[1]) / 1024;
    } catch { /* it has ended */ }
  }
  peakMb = Math.max(peakMb, held);
}

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'citytwin-benchmark-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: asked.chromium,
  headless: false,
  viewport: { width: 1280, height: 720 },
  timeout: 60000,
  args: ['--use-gl=angle', '--use-angle=gl', '--ignore-gpu-blocklist', '--no-sandbox', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--js-flags=--max-old-space-size=8192'],
});
const timer = setInterval(look, 500);
const page = browser.pages()[0];
const said = [];
let hasCrashed = false;
page.on('pageerror', error => said.push(String(error).slice(0, 200)));
page.on('crash', () => { hasCrashed = true; });

let answer = null;
const query = new URLSearchParams({ overview: asked.overview, near: asked.near, height: asked.height,
  frames: asked.frames, angle: asked.angle });
await page.goto(`http://127.0.0.1:${server.address().port}/?${query}`, { waitUntil: 'commit' });
const end = Date.now() + Number(asked.limit) * 1000;
while (!answer && Date.now() < end && !hasCrashed) {
  answer = await page.evaluate(() => window.answer).catch(() => null);
  if (!answer) await new Promise(done => setTimeout(done, LOOK_MS));
}
look();
clearInterval(timer);
const partial = hasCrashed ? null : await page.evaluate(() => window.partial).catch(() => null);
answer ||= { ...partial, failed: hasCrashed ? 'the page crashed' : `no answer within ${asked.limit} s` };
if (asked.picture && !hasCrashed) await page.screenshot({ path: asked.picture, timeout: 60000 }).catch(() => null);
const file = path.basename(asked.city);
process.stdout.write(JSON.stringify({ peer: 'maplibre', file, ...answer, peak_mb: Math.round(peakMb), said }) + '\n');
await Promise.race([browser.close(), new Promise(done => setTimeout(done, 5000))]);
fs.rmSync(profile, { recursive: true, force: true });
process.exit(0);
