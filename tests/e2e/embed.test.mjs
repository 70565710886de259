// The map in a page of another site, in a real frame, and the page where its snippet is made.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { eventually, launch, open, picture, rendered, url } from "./browser.mjs";
import { accessible, fits, untranslated } from "./checks.mjs";

let browser;
let page;
let host;
let framing = "";
before(async () => {
  browser = await launch();
  page = await open(browser);
  // Another site: another port is another origin.
  host = createServer((_, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><html lang="pl"><title>Inna strona</title><h1>Inna strona</h1>${framing}`);
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser.close();
  host.close();
});

const elsewhere = () => `http://127.0.0.1:${host.address().port}/`;
const features = (frame, layers) =>
  frame.evaluate((wanted) => document.querySelector("#map").map.queryRenderedFeatures({ layers: wanted }).length, layers);

test("a snippet is made from what is chosen, and copied", async () => {
  await page.goto(`${url}/osadz`);
  assert.deepEqual(await untranslated(page), []);
  await page.getByRole("checkbox", { name: "Organizacje" }).uncheck();
  await page.getByRole("checkbox", { name: "Wsparcie" }).uncheck();
  await page.getByRole("spinbutton", { name: "Wysokość w pikselach" }).fill("500");
  await page.getByRole("button", { name: "Przygotuj kod" }).click();
  const code = await page.locator("#embed-code").inputValue();
  assert.match(code, /^<iframe src="[^"]*\/embed\?layers=premises&amp;lang=pl"[^>]* height="500"/);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Skopiuj kod" }).click();
  await page.getByText("Kod skopiowany.").waitFor();
  framing = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(framing, code);
  const preview = page.frames().find((frame) => frame.url().includes("/embed?"));
  await preview.waitForSelector("#map[data-idle]");
  await picture(page, "embed-snippet");
  assert.ok(!page.faults.some((fault) => fault.startsWith("policy") || fault.startsWith("uncaught")), String(page.faults));
});

test("in another site's page it draws, names its sources, and opens our site in a new tab", async () => {
  const guest = await open(browser);
  await guest.goto(elsewhere());
  const frame = await (await guest.waitForSelector("iframe")).contentFrame();
  await frame.waitForSelector("#map[data-idle]", { timeout: 30_000 });
  await eventually((count) => count > 0, () => features(frame, ["premises", "premises-cluster"]));
  assert.equal(await features(frame, ["organisations", "organisations-cluster"]), 0);
  assert.ok(await frame.locator(".maplibregl-ctrl-attrib").getByText("OpenStreetMap").first().isVisible());
  assert.equal(await frame.locator("#panel, .site-header").count(), 0);
  await picture(guest, "embed-framed");
  const link = frame.getByRole("link", { name: "Otwórz w PES-TOR" });
  const [ours] = await Promise.all([guest.context().waitForEvent("page"), link.click()]);
  await ours.waitForLoadState();
  assert.equal(new URL(ours.url()).origin, url);
  assert.equal(new URL(ours.url()).searchParams.get("layers"), "premises");
  await ours.close();

  // A mark leads to its thing, again on our site.
  await frame.evaluate(
    () =>
      new Promise((resolve) => {
        const { map } = document.querySelector("#map");
        map.once("idle", resolve);
        map.jumpTo({ center: [18.607584, 53.010768], zoom: 18 });
      }),
  );
  // One in the middle: those at the edge may be under what floats above the map.
  const at = await eventually((place) => place !== null, () =>
    frame.evaluate(() => {
      const { map } = document.querySelector("#map");
      const { left, top, width, height } = map.getCanvas().getBoundingClientRect();
      const places = map.queryRenderedFeatures({ layers: ["premises"] }).map(({ geometry }) => map.project(geometry.coordinates));
      const inside = ({ x, y }) => x > 80 && x < width - 80 && y > 80 && y < height - 80;
      const place = places.find(inside);
      return place ? { x: left + place.x, y: top + place.y } : null;
    }),
  );
  const box = await (await guest.$("iframe")).boundingBox();
  const [thing] = await Promise.all([
    guest.context().waitForEvent("page"),
    guest.mouse.click(box.x + at.x, box.y + at.y),
  ]);
  await thing.waitForLoadState();
  assert.match(decodeURIComponent(new URL(thing.url()).search), /(item=lokale\/|ids=premises)/);
  await thing.close();
  assert.ok(!guest.faults.some((fault) => fault.startsWith("uncaught") || fault.startsWith("console error")), String(guest.faults));
  await guest.context().close();
});

test("any other page of ours refuses the frame", async () => {
  framing = `<iframe src="${url}/lokale"></iframe>`;
  const guest = await open(browser);
  await guest.goto(elsewhere());
  await eventually((faults) => faults.some((fault) => /frame-ancestors/.test(fault)), () => guest.faults);
  await guest.context().close();
});

test("without a script it is a link", async () => {
  const plain = await open(browser, { javaScriptEnabled: false });
  await plain.goto(`${url}/embed?status=free`);
  const link = plain.locator(".embed-noscript").getByRole("link", { name: "Otwórz w PES-TOR" });
  assert.match(await link.getAttribute("href"), /^\/\?status=free/);
  await plain.context().close();
});

test("both hold in every look", async () => {
  await page.goto(`${url}/osadz?near=18.6,53.01&radius_m=500`);
  assert.deepEqual(await untranslated(page), []);
  await accessible(page);
  await fits(page);
  await page.goto(`${url}/embed?near=18.6,53.01&radius_m=500`);
  await page.waitForSelector("#map[data-idle]", { timeout: 30_000 });
  assert.ok((await rendered(page, "premises")).length > 0);
  assert.deepEqual(await untranslated(page), []);
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 360, height: 480 });
  await picture(page, "embed-narrow");
});
