// A phone: the bottom sheet, fingers, and nothing wider than the screen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  brokenUp, clean, eventually, idle, launch, look, open, openMap, parameter, phone, picture, pointOn, screenPoint, untilStatus, url,
} from "./browser.mjs";
import { kinds } from "./pages.mjs";

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser, { viewport: phone, hasTouch: true, isMobile: true });
  await openMap(page);
});
after(() => browser.close());

const handle = () => page.locator("#panel button[aria-controls=panel-body]");
const sheet = () => page.locator("#panel").getAttribute("data-sheet");
const top = async () => (await page.locator("#panel").boundingBox()).y;

test("the sheet has three heights, by its button", async () => {
  await untilStatus(page, (counts) => counts.length === 3);
  await picture(page, "phone-map");
  const tops = {};
  for (const height of ["peek", "half", "full"]) {
    assert.equal(await sheet(), height);
    tops[height] = await top();
    assert.equal(await handle().getAttribute("aria-expanded"), String(height !== "peek"));
    await picture(page, `phone-sheet-${height}`);
    await handle().tap();
  }
  await eventually("peek", sheet);
  assert.ok(tops.peek > phone.height * 0.65, `most of the screen is map: ${JSON.stringify(tops)}`);
  assert.ok(tops.half > phone.height * 0.3 && tops.half < phone.height * 0.7, JSON.stringify(tops));
  assert.ok(tops.full < phone.height * 0.25, JSON.stringify(tops));
});

test("the sheet has three heights, by the keyboard", async () => {
  await handle().focus();
  for (const [key, height] of [["ArrowUp", "half"], ["ArrowUp", "full"], ["ArrowUp", "full"], ["ArrowDown", "half"]]) {
    await page.keyboard.press(key);
    assert.equal(await sheet(), height);
  }
  await page.keyboard.press("Enter");
  assert.equal(await sheet(), "full");
  await page.keyboard.press("Space");
  assert.equal(await sheet(), "peek");
});

test("the sheet follows a finger", async () => {
  const box = await handle().boundingBox();
  const start = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x, phone.height * 0.5, { steps: 4 });
  await page.mouse.up();
  await eventually("half", sheet);
  await page.keyboard.press("ArrowDown");
  await eventually("peek", sheet);
});

test("a tap on a mark opens its detail in the raised sheet, and the mark stays in sight", async () => {
  await look(page, 15, 18.6046, 53.0102);
  const mark = await pointOn(page, "organisations", { group: false });
  await page.touchscreen.tap(mark.x, mark.y);
  await eventually((item) => item !== null || parameter(page, "ids") !== null, () => parameter(page, "item"));
  if (parameter(page, "ids")) {
    await page.locator("#panel-body").getByRole("heading", { name: "W tym miejscu" }).waitFor();
    await page.locator("#panel-body a.result").first().tap();
  }
  const heading = page.locator("#panel-body article.detail").getByRole("heading", { level: 2 });
  await heading.waitFor();
  assert.notEqual(await sheet(), "peek");
  await idle(page);
  const { lon, lat } = await page.locator("#panel-body article.detail").evaluate(({ dataset }) => ({ ...dataset }));
  const point = await screenPoint(page, Number(lon), Number(lat));
  const seen = point.x > 0 && point.x < phone.width && point.y > 0 && point.y < (await top());
  assert.ok(seen, `not in sight beside the sheet: ${JSON.stringify(point)}`);
  await picture(page, "phone-detail");
  await page.locator("#panel-body [data-back]:visible").tap();
  await eventually(null, () => parameter(page, "item"));
});

test("a tap on a group breaks it up", async () => {
  await look(page, 11, 18.6046, 53.0102);
  const group = await pointOn(page, "organisations", { group: true });
  await page.touchscreen.tap(group.x, group.y);
  await eventually((at) => Number(at?.split("/")[0]) > 11.5, () => parameter(page, "at"));
  await idle(page);
  await eventually(true, () => brokenUp(page, "organisations", group));
});

test("targets are large enough for fingers", async () => {
  const small = await page.evaluate(() => {
    const targets = [...document.querySelectorAll("a[href], button, input, select, summary, [role=option]")];
    return targets
      .filter((element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }))
      .filter((element) => !element.closest(".visually-hidden, .skip-link, .maplibregl-ctrl-attrib"))
      .map((element) => {
        const label = element.matches("input[type=checkbox], input[type=radio]") && element.closest("label");
        const { width, height } = (label || element).getBoundingClientRect();
        return { what: element.outerHTML.slice(0, 90), width, height };
      })
      .filter(({ width, height }) => width > 1 && (width < 24 || height < 24));
  });
  assert.deepEqual(small, []);
  clean(page);
});

test("nothing is wider than a screen of 320 pixels", async () => {
  const narrow = await open(browser, { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  for (const { name, path } of await kinds()) {
    await narrow.goto(url + path);
    if (name.startsWith("map"))
      await narrow.locator("#panel-body a.result, #panel-body article").first().waitFor({ state: "attached" });
    const wide = await narrow.evaluate(() => {
      const width = document.documentElement.clientWidth;
      const inScroller = (element) => {
        for (let up = element.parentElement; up && up !== document.body; up = up.parentElement)
          if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true;
        return false;
      };
      const beyond = [...document.body.querySelectorAll("*")].filter(
        (element) => element.getBoundingClientRect().right > width + 1 && !inScroller(element) && element.checkVisibility(),
      );
      return {
        page: document.scrollingElement.scrollWidth - width,
        screen: innerWidth,
        beyond: beyond.slice(0, 3).map((element) => element.outerHTML.slice(0, 100)),
      };
    });
    assert.deepEqual(wide, { page: 0, screen: 320, beyond: [] }, path);
  }
  await narrow.context().close();
});
