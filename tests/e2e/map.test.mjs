// The map itself: what it draws, what the pointer does to it, what its address remembers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  brokenUp, clean, eventually, idle, launch, litAs, look, numbers, open, openMap, parameter, picture, pointOn, rendered,
  screenPoint, shown, untilStatus, url,
} from "./browser.mjs";
import { decode, share } from "./pixels.mjs";

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser);
  await openMap(page);
});
after(() => browser.close());

const LAYERS = ["organisations", "support", "premises"];
const totals = async () => Promise.all(LAYERS.map(async (layer) => (await shown(page, layer)).total));

test("every layer is drawn, and groups and single marks add up to all there is", async () => {
  const wanted = await untilStatus(page, (counts) => counts.length === 3);
  assert.ok(wanted[0] >= 208 && wanted[1] >= 12 && wanted[2] >= 83, String(wanted));
  assert.deepEqual(await totals(), wanted);
  const districts = await rendered(page, "districts");
  assert.ok(new Set(districts.map(({ id }) => id)).size > 10);
  assert.ok((await rendered(page, "municipalities")).length > 0);
  const kinds = new Set((await rendered(page, "schematic")).map(({ kind }) => kind));
  for (const kind of ["water", "green", "street", "bridge"]) assert.ok(kinds.has(kind), kind);
  clean(page);
});

test("the picture has the colours of land, water, greenery and marks", async () => {
  await picture(page, "map-desktop");
  const image = decode(await page.locator("#map").screenshot());
  const shares = Object.fromEntries(
    Object.entries({
      land: "#F6F5F1", outside: "#ECE9E1", water: "#CFE2EE", green: "#E4ECDA",
      organisations: "#0072B2", support: "#8E4585", occupied: "#5B6470", free: "#009E73",
    }).map(([name, colour]) => [name, share(image, colour)]),
  );
  const least = {
    land: 0.1, outside: 0.1, water: 0.01, green: 0.01,
    organisations: 0.003, support: 0.0005, occupied: 0.001, free: 0.0003,
  };
  for (const [name, part] of Object.entries(least)) assert.ok(shares[name] >= part, `${name}: ${shares[name]}`);
  assert.ok(Math.max(...Object.values(shares)) < 0.7, JSON.stringify(shares));
  assert.ok(shares.organisations < 0.1, "marks do not cover the map");
});

test("the legend explains the marks with pictures of them", async () => {
  const legend = page.getByRole("group", { name: "Legenda" });
  for (const words of ["Organizacja", "Instytucja wsparcia", "wolny", "w naborze", "zajęty", "w remoncie"])
    await legend.getByText(words).first().waitFor();
  const painted = await legend.locator("canvas").evaluateAll((canvases) =>
    canvases.map((canvas) => {
      if (!canvas.width) return false;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value > 0);
    }),
  );
  assert.ok(painted.length >= 8 && painted.every(Boolean), JSON.stringify(painted));
});

test("the pointer is told what it is on", async () => {
  const tooltip = page.locator(".maplibregl-popup");
  const group = await pointOn(page, "organisations", { group: true });
  await page.mouse.move(group.x, group.y);
  await tooltip.getByText(`Organizacje: ${group.properties.point_count}`).waitFor();
  const single = await pointOn(page, "organisations", { group: false });
  await page.mouse.move(single.x, single.y, { steps: 2 });
  await tooltip.getByText(single.properties.name).waitFor();
  await page.mouse.move(700, 30);
  await tooltip.waitFor({ state: "detached" });
});

test("a result under the pointer is lit on the map", async () => {
  await page.locator("#panel-body a.result[data-layer=organisations]").first().hover();
  await eventually(["organisations"], () => litAs(page, "hover"));
  await page.mouse.move(700, 30);
  await eventually([], () => litAs(page, "hover"));
});

test("a click breaks a group up, and the address says where the map looks", async () => {
  const group = await pointOn(page, "organisations", { group: true });
  await page.mouse.click(group.x, group.y);
  await eventually((at) => Number(at?.split("/")[0]) >= group.properties.expansion_zoom, () => parameter(page, "at"));
  await idle(page);
  await eventually(true, () => brokenUp(page, "organisations", group));
});

test("near enough, everything is itself, and the list counts exactly what is in sight", async () => {
  await look(page, 12.4, 18.6086, 53.0105);
  while ((await page.evaluate(() => document.querySelector("#map").map.getZoom())) < 13) {
    await page.getByRole("button", { name: "Przybliż" }).click();
    await idle(page);
  }
  const inSight = async () => {
    const [west, south, east, north] = await page.evaluate(() =>
      document.querySelector("#map").map.getBounds().toArray().flat(),
    );
    const counts = [];
    for (const layer of LAYERS) {
      const { groups, singles } = await shown(page, layer);
      assert.equal(groups.length, 0, layer);
      const inside = ({ place: [lon, lat] }) => lon > west && lon < east && lat > south && lat < north;
      counts.push(singles.filter(inside).length);
    }
    return counts.filter(Boolean);
  };
  await eventually(
    ({ listed, drawn }) => listed.length > 0 && String(listed) === String(drawn),
    async () => ({ listed: numbers(await page.textContent("#result-status")), drawn: await inSight() }),
  );
  assert.ok((await rendered(page, "footprints")).length > 0, "buildings are drawn");
});

test("the address brings the same view back", async () => {
  const view = () =>
    page.evaluate(() => {
      const { map } = document.querySelector("#map");
      return [map.getZoom(), map.getCenter().lng, map.getCenter().lat];
    });
  const [before, address] = [await view(), page.url()];
  await page.reload();
  await idle(page);
  const now = await view();
  assert.equal(page.url(), address);
  for (const [i, tolerance] of [0.01, 0.0001, 0.0001].entries())
    assert.ok(Math.abs(now[i] - before[i]) < tolerance, `${before} became ${now}`);
});

test("a layer goes and comes with its switch, and with back", async () => {
  await page.getByRole("button", { name: "Oddal" }).click();
  await idle(page);
  const [organisations, support, premises] = await untilStatus(page, (counts) => counts.length === 3);
  await page.locator("#layers label", { hasText: "Wsparcie" }).click();
  await untilStatus(page, [organisations, premises]);
  await eventually(0, async () => (await shown(page, "support")).total);
  assert.equal(parameter(page, "layers"), "organisations,premises");
  await page.locator("#legend").getByText("Instytucja wsparcia").waitFor({ state: "hidden" });
  await page.goBack();
  await untilStatus(page, [organisations, support, premises]);
  await eventually((total) => total > 0, async () => (await shown(page, "support")).total);
  assert.equal(parameter(page, "layers"), null);
});

test("of several things in one place a reader chooses", async () => {
  await look(page, 13, 18.6086, 53.0105);
  const places = (await shown(page, "organisations")).singles.map(({ place }) => String(place));
  const [longitude, latitude] = places.find((place, i) => places.indexOf(place) < i).split(",").map(Number);
  await look(page, 17, longitude, latitude);
  const { x, y } = await screenPoint(page, longitude, latitude);
  await page.mouse.click(x, y);
  const body = page.locator("#panel-body");
  await body.getByRole("heading", { name: "W tym miejscu" }).waitFor();
  const choices = body.locator("a.result");
  assert.ok((await choices.count()) >= 2);
  assert.match(parameter(page, "ids"), /^organisations:\d+,/);
  const name = await choices.first().locator(".result-title").textContent();
  await choices.first().click();
  await body.getByRole("heading", { name }).waitFor();
  await page.locator("[data-back]:visible").click();
  await body.getByRole("heading", { name: "W tym miejscu" }).waitFor();
  await page.locator("[data-back]:visible").click();
  await eventually(null, () => parameter(page, "ids"));
  await body.getByRole("heading", { name: "W tym miejscu" }).waitFor({ state: "detached" });
  clean(page);
});

test("an address from elsewhere opens the map on its place", async () => {
  const bounds = [18.6, 53.0, 18.62, 53.01];
  await openMap(page, `/?bbox=${bounds}`);
  const [west, south, east, north] = await page.evaluate(() =>
    document.querySelector("#map").map.getBounds().toArray().flat(),
  );
  assert.ok(west <= bounds[0] && south <= bounds[1] && east >= bounds[2] && north >= bounds[3]);
  assert.ok(east - west < 0.15);
  assert.equal(new URL(page.url()).origin, url);
  clean(page);
});
