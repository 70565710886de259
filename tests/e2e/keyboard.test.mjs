// The keyboard alone reaches and works everything, sees where it is, and gets stuck nowhere.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, eventually, idle, launch, open, openMap, parameter, picture, untilStatus, url } from "./browser.mjs";

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser);
  await openMap(page);
  await untilStatus(page, (counts) => counts.length === 3);
});
after(() => browser.close());

const press = (key) => page.keyboard.press(key);

/** What has the focus: how it is called, and whether the ring around it is to be seen. */
const focus = () =>
  page.evaluate(() => {
    const element = document.activeElement;
    const ringed = [element, element.closest("label"), element.nextElementSibling, element.parentElement].some((part) => {
      if (!part) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(part);
      return (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2) || (part === element && boxShadow !== "none");
    });
    const { width, height, top, left } = (element.closest("label") ?? element).getBoundingClientRect();
    return {
      tag: element.tagName.toLowerCase(),
      id: element.id,
      name: element.name ?? "",
      value: element.type === "checkbox" ? element.value : "",
      item: element.dataset.item ?? "",
      href: element.getAttribute("href") ?? "",
      text: (element.getAttribute("aria-label") || element.textContent).trim().slice(0, 60),
      canvas: element.matches("canvas.maplibregl-canvas"),
      ringed,
      onScreen: width > 0 && height > 0 && top < innerHeight && left < innerWidth && top + height > 0,
    };
  });

/** Tabs on until the wanted thing has the focus. */
async function tabTo(wanted, most = 120, key = "Tab") {
  const passed = [];
  for (let step = 0; step < most; step++) {
    await press(key);
    const now = await focus();
    if (wanted(now)) return now;
    passed.push(`${now.tag} ${now.text || now.name}`);
  }
  assert.fail(`not reached in ${most} steps: ${passed.slice(0, 40).join(", ")}`);
}

test("the first stop is the skip link, and it leads to the content", async () => {
  await press("Tab");
  const first = await focus();
  assert.equal(first.href, "#main");
  assert.ok(first.onScreen && first.ringed, JSON.stringify(first));
  await press("Enter");
  assert.equal((await focus()).id, "main");
});

test("search by keyboard: arrows choose, Enter opens, Escape closes, focus comes back", async () => {
  await tabTo(({ id }) => id === "search-input");
  await page.keyboard.type("sprezyna");
  await page.getByRole("option").first().waitFor();
  await press("ArrowDown");
  await press("Enter");
  const heading = page.locator("#panel-body article.detail").getByRole("heading", { level: 2 });
  await heading.waitFor();
  await eventually("h2", async () => (await focus()).tag);
  await press("Escape");
  await eventually(null, () => parameter(page, "item"));
  await page.locator("#panel-body article.detail").waitFor({ state: "detached" });
  assert.notEqual((await focus()).tag, "body", "the focus is not lost");
});

test("layers are switched with the space bar", async () => {
  await page.locator("#search-input").focus();
  await page.locator("#search-input").fill("");
  await tabTo(({ name, value }) => name === "layer" && value === "organisations");
  await press("Tab");
  assert.equal((await focus()).value, "support");
  await press("Space");
  await eventually("organisations,premises", () => parameter(page, "layers"));
  assert.equal((await focus()).value, "support", "the focus stays");
  await press("Space");
  await eventually(null, () => parameter(page, "layers"));
});

test("a result is reached, walked with arrows, opened and left again", async () => {
  await untilStatus(page, (counts) => counts.length === 3);
  const first = await tabTo(({ item }) => item !== "");
  await press("ArrowDown");
  const second = await focus();
  assert.ok(second.item && second.item !== first.item);
  await press("Enter");
  await eventually(second.item, () => parameter(page, "item"));
  await eventually("h2", async () => (await focus()).tag);
  const back = await tabTo(({ text }) => text === "Wróć do listy", 10, "Shift+Tab");
  assert.ok(back.ringed);
  await press("Enter");
  await eventually(null, () => parameter(page, "item"));
  await eventually(second.item, async () => (await focus()).item);
});

test("the map has a name, takes the focus, and moves with the keys", async () => {
  await tabTo(({ canvas }) => canvas, 200);
  const { ringed, text } = await focus();
  assert.ok(ringed && text.startsWith("Mapa"), text);
  await press("+");
  await eventually((at) => at !== null, () => parameter(page, "at"));
  const before = parameter(page, "at");
  await press("ArrowRight");
  await eventually((at) => at !== before, () => parameter(page, "at"));
  await picture(page, "keyboard-map");
});

test("no stop without a ring, and no trap: Tab goes through everything and round again", async () => {
  await page.goto(`${url}/?layers=support`);
  await idle(page);
  await page.locator("#panel-body a.result").first().waitFor();
  const stops = [];
  for (let step = 0; step < 150; step++) {
    await press("Tab");
    const now = await focus();
    if (now.tag === "body" || (stops.length > 0 && now.href === "#main")) break;
    assert.ok(now.ringed, `no ring: ${JSON.stringify(now)}`);
    assert.ok(now.onScreen, `not to be seen: ${JSON.stringify(now)}`);
    stops.push(now);
  }
  assert.ok(stops.length < 150, "a way round");
  assert.ok(stops.some(({ canvas }) => canvas));
  assert.ok(stops.some(({ id }) => id === "search-input"));
  assert.ok(stops.filter(({ item }) => item).length >= 5);
  for (const name of ["Przybliż", "Oddal", "Pokaż, gdzie jestem"])
    assert.ok(stops.some(({ text }) => text === name), name);
  clean(page);
});
