// A real headless Chromium, and a page that notices what must never happen.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const url = process.env.PESTOR_URL;
export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--ignore-gpu-blocklist",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A fresh page; `page.faults` gathers console errors, uncaught errors, policy violations and requests to other hosts. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({
    viewport: desktop,
    locale: "pl-PL",
    timezoneId: "Europe/Warsaw",
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => page.faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const target = new URL(request.url());
    if (["http:", "https:", "ws:", "wss:"].includes(target.protocol) && target.origin !== url) {
      page.faults.push(`request to another host: ${request.url()}`);
    }
  });
  await page.exposeFunction("reportViolation", (text) => page.faults.push(`policy: ${text}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return page;
}

/** Nothing that must never happen has happened. */
export function clean(page) {
  assert.deepEqual(page.faults, []);
}

/** Opens a map page and waits until the map has drawn everything it wants to. */
export async function openMap(page, path = "/") {
  await page.goto(url + path);
  await idle(page);
}

/** Waits until the map has nothing left to load or move. */
export async function idle(page) {
  await page.waitForFunction(() => document.querySelector("#map[data-idle]") !== null, undefined, { timeout: 30_000 });
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const { map } = document.querySelector("#map");
        if (map.loaded() && !map.isMoving()) resolve();
        else map.once("idle", () => resolve());
      }),
  );
}

/** Features that are to be seen, of the style layers whose source layer is given. */
export function rendered(page, sourceLayer) {
  return page.evaluate((wanted) => {
    const { map } = document.querySelector("#map");
    return map
      .queryRenderedFeatures()
      .filter((feature) => feature.sourceLayer === wanted)
      .map((feature) => ({ id: feature.id, ...feature.properties, layer: feature.layer.id }));
  }, sourceLayer);
}

/** Where on the screen a place is. */
export function screenPoint(page, longitude, latitude) {
  return page.evaluate(
    ([lon, lat]) => {
      const { map } = document.querySelector("#map");
      const point = map.project([lon, lat]);
      const box = map.getCanvas().getBoundingClientRect();
      return { x: box.left + point.x, y: box.top + point.y };
    },
    [longitude, latitude],
  );
}
