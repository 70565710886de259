// Somebody else's map: nothing is asked of anyone before a reader agrees, and ours stays when theirs does not come.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, eventually, idle, launch, open, openMap, parameter, picture, rendered, url } from "./browser.mjs";

let browser;
let page;
let asked;
before(async () => {
  browser = await launch();
  page = await open(browser);
  asked = [];
  // Nothing may get out of this machine; what is asked is only written down.
  await page.route((address) => address.origin !== url, (route) => {
    asked.push(route.request().url());
    return route.abort("connectionrefused");
  });
  await openMap(page);
});
after(() => browser.close());

const legend = () => page.getByRole("group", { name: "Legenda" });
const radio = (name) => legend().getByRole("radio", { name });
const agree = () => page.getByRole("button", { name: "Pokaż ten podkład" });
const message = () => page.locator("#map-message").textContent();
const schematic = async () => (await rendered(page, "schematic")).length;

test("choosing it shows what that tells whom, and asks nothing yet", async () => {
  await legend().getByText("Podkład mapy").click();
  assert.ok(await radio("Plan schematyczny").isChecked());
  await radio(/OpenFreeMap/).check();
  await agree().waitFor();
  await legend().getByText(/openfreemap\.org.*adres IP/).waitFor();
  assert.equal(parameter(page, "basemap"), "openfreemap");
  await page.getByRole("button", { name: "Zostań przy planie" }).click();
  await agree().waitFor({ state: "hidden" });
  assert.ok(await radio("Plan schematyczny").isChecked());
  assert.equal(parameter(page, "basemap"), null);
  assert.deepEqual(asked, []);
  clean(page);
});

test("an address alone loads nothing from others either", async () => {
  await openMap(page, "/?basemap=openfreemap");
  await agree().waitFor();
  assert.ok((await schematic()) > 0);
  assert.deepEqual(asked, []);
  clean(page);
});

test("agreed to but out of reach: the plan stays, and the page says so", async () => {
  await agree().click();
  await eventually((text) => /OpenFreeMap.*Zostaje plan schematyczny/.test(text), message);
  await page.locator("#map-message").waitFor();
  await idle(page);
  assert.ok((await schematic()) > 0);
  assert.ok(await radio("Plan schematyczny").isChecked());
  const theirs = asked.filter((address) => address.startsWith("https://tiles.openfreemap.org/"));
  assert.ok(theirs.length > 0 && theirs.length === asked.length, String(asked));
  await picture(page, "basemap-unreachable");
  assert.ok(!page.faults.some((fault) => fault.startsWith("policy") || fault.startsWith("uncaught")), String(page.faults));
});

test("when it answers it lies under our places; when its tiles fail the plan comes back", async () => {
  let tiles = "good";
  await page.route("https://tiles.openfreemap.org/**", (route) => {
    const address = route.request().url();
    const headers = { "access-control-allow-origin": "*" };
    if (address.endsWith("/styles/positron")) {
      return route.fulfill({
        headers,
        json: {
          version: 8,
          sources: { theirs: { type: "vector", url: "https://tiles.openfreemap.org/planet" } },
          layers: [
            { id: "background", type: "background", paint: { "background-color": "#abcdef" } },
            { id: "water", type: "fill", source: "theirs", "source-layer": "water" },
          ],
        },
      });
    }
    if (address.endsWith("/planet")) {
      const source = { tilejson: "3.0.0", minzoom: 0, maxzoom: 14, vector_layers: [] };
      return route.fulfill({
        headers,
        json: { ...source, tiles: ["https://tiles.openfreemap.org/planet/{z}/{x}/{y}.pbf"] },
      });
    }
    return tiles === "good" ? route.fulfill({ headers, status: 204 }) : route.fulfill({ headers, status: 500 });
  });
  await page.reload();
  await idle(page);
  await eventually(0, schematic);
  await eventually((count) => count > 0, async () => (await rendered(page, "organisations")).length);
  assert.equal(await message(), "");
  assert.ok(await page.locator("#legend input[name=basemap][value=openfreemap]").isChecked());
  const background = await page.evaluate(() => {
    const { map } = document.querySelector("#map");
    return map.getStyle().layers.find(({ type, id }) => type === "background" && id.startsWith("basemap-"))?.paint;
  });
  assert.deepEqual(background, { "background-color": "#abcdef" });
  tiles = "broken";
  await page.reload();
  await idle(page);
  await eventually((text) => /Zostaje plan schematyczny/.test(text), message);
  await eventually((count) => count > 0, schematic);
});

test("a basemap that nobody offers is said to be unknown", async () => {
  await openMap(page, "/?basemap=nieznany");
  await eventually((text) => /Nie ma takiego podkładu/.test(text), message);
  assert.ok((await schematic()) > 0);
});
