// How fast the map page is, for the record; only the weight of its script is a promise.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, idle, launch, open, openMap, url } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Bytes of a file as a browser gets it. */
async function weight(address) {
  const response = await fetch(address, { headers: { "accept-encoding": "br, gzip" } });
  assert.match(response.headers.get("content-encoding") ?? "", /br|gzip/, address);
  await response.arrayBuffer();
  return Number(response.headers.get("content-length")) / 1000;
}

const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);

test("the map page's script is light", async () => {
  const page = await open(browser);
  const requests = [];
  page.on("requestfinished", (request) => requests.push(request));
  const cold = performance.now();
  await openMap(page);
  const first = performance.now() - cold;
  const workers = page.workers().map((worker) => worker.url());
  const scripts = [...new Set(requests.map((request) => request.url()).filter((address) => address.endsWith("js")))];
  const own = sum(await Promise.all(scripts.filter((address) => !workers.includes(address)).map(weight)));
  const worker = sum(await Promise.all(workers.map(weight)));

  const warm = [];
  for (let round = 0; round < 3; round++) {
    requests.length = 0;
    const started = performance.now();
    await page.goto(url);
    await idle(page);
    warm.push(Math.round(performance.now() - started));
  }
  const document = requests.find((request) => request.isNavigationRequest());
  const start = document.timing().startTime;
  const until = (word) => {
    const timings = requests.filter((request) => request.url().includes(word)).map((request) => request.timing());
    const ends = timings.map(({ startTime, responseEnd }) => startTime - start + Math.max(0, responseEnd));
    return Math.round(Math.max(...ends));
  };
  console.log(`first visit to idle ${Math.round(first)} ms; warm ${warm.join(", ")} ms`);
  console.log(
    `the last of them: page ${Math.round(document.timing().responseEnd)} ms, scripts ${until(".js")} ms, ` +
      `style ${until("/style.json")} ms, tiles ${until(".mvt")} ms, idle ${warm.at(-1)} ms`,
  );
  console.log(`script ${own.toFixed(1)} kB, worker ${worker.toFixed(1)} kB, as sent`);
  assert.ok(own > 50 && worker > 50, "both were weighed");
  assert.ok(own < 400, `${own} kB`);
  clean(page);
});
