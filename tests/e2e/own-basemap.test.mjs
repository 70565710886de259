// The detailed basemap of our own file: quiet, light and dark, named as its licence asks; gone, and the plan stays.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean, eventually, idle, launch, look, open, openMap, parameter, phone, picture, rendered } from "./browser.mjs";

const data = join(import.meta.dirname, "../../../shared/data/basemap/helsinki_centre.osm.pbf");
const skip = existsSync(data) ? false : "SKIPPED: test data ../shared/data/basemap is absent";
const HELSINKI = [24.945, 60.1705];

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser);
});
after(() => browser.close());

const radio = (where, name) => where.locator("#legend").getByRole("radio", { name });
const count = async (where, layer) => (await rendered(where, layer)).length;
const background = (where) =>
  where.evaluate(() => {
    const { map } = document.querySelector("#map");
    return map.getPaintProperty("basemap-osm-background", "background-color");
  });

test("chosen, it is drawn from this server, and says whose it is", { skip }, async () => {
  await openMap(page);
  await page.locator("#legend").getByText("Podkład mapy").click();
  await radio(page, "Helsinki").check();
  await eventually("osm", async () => parameter(page, "basemap"));
  await look(page, 15, ...HELSINKI);
  for (const layer of ["streets", "buildings", "green", "rail"]) await eventually((n) => n > 0, () => count(page, layer));
  assert.equal(await count(page, "schematic"), 0);
  const credit = page.locator(".maplibregl-ctrl-attrib").getByRole("link", { name: "© autorzy OpenStreetMap" });
  assert.equal(await credit.getAttribute("href"), "https://www.openstreetmap.org/copyright");
  assert.ok(await credit.isVisible());
  const names = (await rendered(page, "streets")).map(({ name }) => name).filter(Boolean);
  assert.ok(names.length > 5, "streets have names");
  await picture(page, "own-basemap-light");
  await look(page, 13, ...HELSINKI);
  await picture(page, "own-basemap-light-13");
  clean(page);
});

test("it is dark where the system is, and follows when that changes", { skip }, async () => {
  const dark = await open(browser, { colorScheme: "dark" });
  await openMap(dark, `/?basemap=osm&at=15/${HELSINKI[1]}/${HELSINKI[0]}`);
  await eventually((n) => n > 0, () => count(dark, "streets"));
  await idle(dark);
  const night = await background(dark);
  await picture(dark, "own-basemap-dark");
  await dark.emulateMedia({ colorScheme: "light" });
  await eventually((day) => day !== undefined && day !== night, () => background(dark));
  await idle(dark);
  await eventually((n) => n > 0, () => count(dark, "streets"));
  clean(dark);
  await dark.context().close();
});

test("on a phone the credit is to be seen too", { skip }, async () => {
  const small = await open(browser, { viewport: phone });
  await openMap(small, `/?basemap=osm&at=15/${HELSINKI[1]}/${HELSINKI[0]}`);
  await eventually((n) => n > 0, () => count(small, "streets"));
  assert.ok(await small.locator(".maplibregl-ctrl-attrib").getByText("© autorzy OpenStreetMap").isVisible());
  await picture(small, "own-basemap-phone");
  clean(small);
  await small.context().close();
});

test("when its file is gone the plan stays, and the page says so", async () => {
  await openMap(page, "/?basemap=gone");
  await eventually((text) => /Bez pliku.*Zostaje plan schematyczny/.test(text), () => page.locator("#map-message").textContent());
  assert.ok((await count(page, "schematic")) > 0);
  assert.ok(await page.locator('#legend input[name=basemap][value=""]').isChecked());
  assert.ok(!page.faults.some((fault) => fault.startsWith("policy") || fault.startsWith("uncaught")), String(page.faults));
});
