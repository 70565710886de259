// What holds for every screen: words in the page's language, and nothing that axe finds fault with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { desktop, phone } from "./browser.mjs";

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Keys without words, in the text or in what screen readers hear. */
export async function untranslated(page) {
  const words = await page.evaluate(() => {
    const attributes = ["aria-label", "title", "placeholder", "alt", "content"];
    const said = [...document.querySelectorAll("*")].flatMap((element) =>
      attributes.map((name) => element.getAttribute(name) ?? ""),
    );
    const config = JSON.parse(document.querySelector("#map-config")?.textContent ?? "{}");
    return [document.documentElement.textContent, ...said, ...Object.values(config.strings ?? {})].join("\n");
  });
  return words.match(/\[[a-z][a-z0-9]*(-[a-z0-9]+)*\]/g) ?? [];
}

/** What axe finds wrong, short enough to read. */
async function faulty(page) {
  // Through the debugger, because the page's policy rightly refuses scripts from elsewhere.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"], preload: false }),
    tags,
  );
  const brief = ({ html, any }) => `${html.slice(0, 120)} ${any[0]?.message ?? ""}`;
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(brief).join(" | ")}`);
}

const LOOKS = [["light", desktop], ["dark", desktop], ["dark", phone], ["light", phone]];

/** Axe in both colour schemes and both sizes, in the order with the fewest changes; ends as it began, light on a desk. */
export async function accessible(page, looks = LOOKS) {
  for (const [colorScheme, viewport] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    assert.deepEqual(await faulty(page), [], `${colorScheme}, ${viewport.width} pixels wide`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(desktop);
}

/** Axe on a desk in the light and on a phone in the dark: what is made of parts that were looked at in all four. */
export const accessibleInShort = (page) => accessible(page, [LOOKS[0], LOOKS[2]]);

/** Nothing sticks out of a narrow screen. */
export async function fits(page, width = 320) {
  const { height } = page.viewportSize();
  await page.setViewportSize({ width, height });
  const [wide, culprit] = await page.evaluate(() => {
    const edge = document.documentElement.clientWidth;
    const scrolls = (element) => element && (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
    const out = [...document.querySelectorAll("body *")].find(
      (element) => element.getBoundingClientRect().right > edge + 1 && !scrolls(element.parentElement),
    );
    return [document.documentElement.scrollWidth, out?.outerHTML.slice(0, 200)];
  });
  assert.ok(wide <= width, `${wide} pixels are needed: ${culprit}`);
  await page.setViewportSize(desktop);
}
