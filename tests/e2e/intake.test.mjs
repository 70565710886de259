// An official brings in a register that the office has: Windows-1250, semicolons, Polish headings, twelve of thirty rows with faults. With
// scripts and without; and the refused rows, corrected, once more.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean, desktop, launch, open, phone, picture, url } from "./browser.mjs";
import { accessible, accessibleInShort, fits, untranslated } from "./checks.mjs";

function sql(text) {
  const sockets = `${process.env.PESTOR_DATA_DIR}/run`;
  const options = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-p", "5432", "-U", "pestor", "-d", "pestor", "-c", text];
  return execFileSync("psql", options, { encoding: "utf8" }).trim();
}

const folder = mkdtempSync(join(tmpdir(), "pestor-intake-"));

/** A text in Windows-1250, which Node does not write. */
function windows1250(text) {
  const codes = new Map([..."ąćęłńóśźżĄĆĘŁŃÓŚŹŻ„”"].map((letter) => [letter, 0]));
  const decoder = new TextDecoder("windows-1250");
  for (let code = 128; code < 256; code++) {
    const letter = decoder.decode(Uint8Array.of(code));
    if (codes.has(letter)) codes.set(letter, code);
  }
  return Buffer.from([...text].map((letter) => codes.get(letter) ?? letter.charCodeAt(0)));
}

/** The register; `bad` of its rows have a fault of one of four kinds. */
function register(name, prefix, bad) {
  const head = "Nr ewidencyjny;Nazwa organizacji;Forma prawna;NIP;Ulica;Nr domu;Kod pocztowy;Miejscowość;Szerokość geograficzna;Długość geograficzna";
  const rows = Array.from({ length: 30 }, (_, at) => {
    const fault = at < bad ? at % 4 : -1;
    return [
      `${prefix}/${at + 1}`,
      fault === 0 ? "" : `${prefix} „Łąka” ${at + 1}`,
      fault === 1 ? "Klub żeglarski" : at % 2 ? "Stowarzyszenie" : "Fundacja",
      fault === 2 ? "123" : "",
      "Łączna",
      at + 1,
      "87-100",
      "Toruń",
      fault === 3 ? "57,5" : `53,01${10 + at}`,
      `18,60${10 + at}`,
    ].join(";");
  });
  const path = join(folder, name);
  writeFileSync(path, windows1250([head, ...rows, ""].join("\r\n")));
  return path;
}

let browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser.close();
  sql("delete from organisation where source like 'rejestr-%'");
});

async function signIn(page) {
  await page.goto(`${url}/logowanie`);
  await page.fill("#f-email", "urzednik@demo.test");
  await page.fill("#f-password", "demo demo demo");
  await page.click("main button[type=submit]");
  await page.waitForURL(`${url}/panel`);
}

const button = (page, name) => page.locator("main").getByRole("button", { name });
const number = async (page, words) =>
  Number((await page.locator(".number", { hasText: words }).locator("dd").textContent()).replaceAll(/\D/g, ""));

/** Both sizes of a screen, and what holds for every screen. */
async function look(page, name, check = accessibleInShort) {
  await picture(page, `intake-${name}`);
  await page.setViewportSize(phone);
  await picture(page, `intake-${name}-phone`);
  await page.setViewportSize(desktop);
  assert.deepEqual(await untranslated(page), []);
  await check(page);
  await fits(page);
}

test("twelve bad rows are named, the others go in, the corrected ones follow", async () => {
  const page = await open(browser);
  await signIn(page);
  await page.goto(`${url}/urzad`);
  await page.getByRole("link", { name: /Import danych/ }).click();
  await page.getByLabel("Co jest w pliku").selectOption({ label: "Organizacje" });
  await page.getByLabel("Plik", { exact: true }).setInputFiles(register("rejestr-a.csv", "Import", 12));
  await look(page, "1-upload");
  await button(page, "Wgraj plik").click();

  await page.getByRole("heading", { name: "Która kolumna jest czym" }).waitFor();
  assert.match(await page.locator("main").textContent(), /windows-1250.*30 wierszy/s);
  assert.match(await page.locator(".intake-sample").textContent(), /Import „Łąka” 2.*Łączna/s);
  // Headings that are known are matched; a word that is not known can be given a meaning, or none.
  assert.equal(await page.locator("#f-c-name option:checked").textContent(), "Nazwa organizacji");
  assert.equal(await page.locator("#f-c-lat option:checked").textContent(), "Szerokość geograficzna");
  assert.equal(await page.getByLabel("„Klub żeglarski”").inputValue(), "");
  await look(page, "2-columns");
  await button(page, "Sprawdź wiersze").click();

  await page.getByRole("heading", { name: "Co się zmieni" }).waitFor();
  assert.equal(await number(page, "Nowe"), 18);
  assert.equal(await number(page, "Odrzucone wiersze"), 12);
  assert.equal(sql("select count(*) from organisation where source = 'rejestr-a'"), "0");
  await page.locator(".intake-map[data-idle]").waitFor({ timeout: 30_000 });
  assert.equal(await page.locator(".intake-map").getAttribute("data-places"), "18");
  const rows = page.locator("#lista tbody tr");
  assert.equal(await rows.count(), 12);
  // Every fault is said in Polish, with its row, its column and what stands there.
  const faults = await rows.allTextContents();
  assert.match(faults[0], /wiersz 2.*Nazwa organizacji/s);
  assert.match(faults[1], /wiersz 3.*Forma prawna.*Klub żeglarski/s);
  assert.match(faults[2], /wiersz 4.*NIP.*123/s);
  assert.doesNotMatch(faults.join("\n"), /\b(is|not|the|must|empty)\b/);
  await look(page, "3-preview", accessible);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Pobierz odrzucone (CSV)" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "rejestr-a-odrzucone.csv");
  const refused = readFileSync(await download.path(), "utf8");
  assert.equal(refused.trim().split("\n").length, 13);

  await button(page, "Zapisz 18 zmian").click();
  await page.getByText("Gotowe: zapisano 18 rekordów.").waitFor();
  assert.equal(sql("select count(*) from organisation where source = 'rejestr-a' and name like 'Import „Łąka” %'"), "18");
  await look(page, "4-done");

  const corrected = refused
    .split("\n")
    .map((line) => line.replace(/^(Import\/\d+),,/, "$1,Import bez nazwy,").replace("Klub żeglarski", "Fundacja"))
    .map((line) => line.replace(",123,", ",,").replace('"57,5"', '"53,012"'))
    .join("\n");
  const path = join(folder, "rejestr-a-odrzucone.csv");
  writeFileSync(path, corrected);
  await page.getByRole("link", { name: "Wgraj następny plik" }).click();
  await page.getByLabel("Plik", { exact: true }).setInputFiles(path);
  await button(page, "Wgraj plik").click();
  await page.getByLabel("Nazwa źródła").fill("rejestr-a");
  await button(page, "Sprawdź wiersze").click();
  await button(page, "Zapisz 12 zmian").click();
  await page.getByText("Gotowe: zapisano 12 rekordów.").waitFor();
  assert.equal(sql("select count(*) from organisation where source = 'rejestr-a'"), "30");

  // The same register again, with one change: only that is written.
  const again = register("rejestr-a.csv", "Import", 0);
  writeFileSync(again, windows1250(new TextDecoder("windows-1250").decode(readFileSync(again)).replace("Import „Łąka” 30", "Import „Las” 30")));
  await page.goto(`${url}/urzad/import`);
  await page.getByLabel("Plik", { exact: true }).setInputFiles(again);
  await button(page, "Wgraj plik").click();
  await button(page, "Sprawdź wiersze").click();
  await page.getByRole("heading", { name: "Co się zmieni" }).waitFor();
  await page.goto(`${page.url()}?lista=zmienione`);
  assert.match(await page.locator("#lista tbody").textContent(), /Import „Łąka” 30.*Import „Las” 30/s);
  await look(page, "5-changes");
  await button(page, "Usuń plik").click();
  await page.getByText("Plik usunięto.").waitFor();
  await look(page, "6-list");
  clean(page);
  await page.context().close();
});

test("a file that is too large is not even sent", async () => {
  const page = await open(browser);
  await signIn(page);
  await page.goto(`${url}/urzad/import`);
  await page.locator("#f-file").evaluate((input) => {
    input.dataset.mostBytes = "10";
  });
  await page.locator("#f-file").setInputFiles(register("rejestr-b.csv", "Duży", 0));
  await button(page, "Wgraj plik").click();
  assert.equal(new URL(page.url()).pathname, "/urzad/import");
  assert.match(await page.locator("#f-file").evaluate((input) => input.validationMessage), /za duży/);
  clean(page);
  await page.context().close();
});

test("all of it works without scripts", async () => {
  const page = await open(browser, { javaScriptEnabled: false });
  await signIn(page);
  await page.goto(`${url}/urzad/import`);
  await page.locator("#f-file").setInputFiles(register("rejestr-c.csv", "Bez skryptów", 12));
  await button(page, "Wgraj plik").click();
  // The page looks again by itself.
  await page.locator("#f-c-name").waitFor();
  await page.locator("#f-c-name").selectOption({ label: "Nazwa organizacji" });
  await button(page, "Sprawdź wiersze").click();
  await button(page, "Zapisz 18 zmian").click();
  await page.getByText("Gotowe: zapisano 18 rekordów.").waitFor();
  assert.equal(sql("select count(*) from organisation where source = 'rejestr-c'"), "18");
  await page.context().close();
});
