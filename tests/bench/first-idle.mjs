// How long the map page takes in headless Chromium with software rendering, cold and warm, and where the time goes.
import { idle, launch, open, url } from "../e2e/browser.mjs";

const browser = await launch();
const page = await open(browser);
const row = (what, value) => console.log(`${what.padEnd(64)} ${value}`);
for (const state of ["cold", "warm", "warm again"]) {
  await page.goto("about:blank");
  const begun = performance.now();
  await page.goto(`${url}/`);
  const loaded = performance.now();
  await idle(page);
  const drawn = performance.now();
  const requests = await page.evaluate(() =>
    performance.getEntriesByType("resource").map((entry) => ({
      name: new URL(entry.name).pathname,
      end: entry.responseEnd,
      bytes: entry.encodedBodySize,
    })),
  );
  const end = (test) => Math.max(0, ...requests.filter((r) => test(r.name)).map((r) => r.end)).toFixed(0);
  row(`GET / ${state}: to first idle of the map`, `${(drawn - begun).toFixed(0)} ms`);
  row("   page loaded · scripts in, the rest is tiles and drawing", `${(loaded - begun).toFixed(0)} · ${end((n) => n.endsWith(".js"))} ms`);
  const scripts = requests.filter((r) => r.name.endsWith(".js") && !r.name.includes("worker"));
  const kilobytes = (list) => (list.reduce((sum, r) => sum + r.bytes, 0) / 1000).toFixed(0);
  row("   scripts beside the worker, compressed", `${kilobytes(scripts)} kB`);
}
await browser.close();
