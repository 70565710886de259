// One address of every kind of page, from what the demo data holds.
import { url } from "./browser.mjs";

const LISTS = ["organizacje", "wsparcie", "lokale", "oferty", "zapotrzebowanie", "sprzet"];

/** The first thing of a list. */
async function first(list, search = "") {
  const html = await (await fetch(`${url}/${list}${search}`)).text();
  const paths = [...html.matchAll(new RegExp(`href="/(${list}/[a-z0-9-]+)"`, "g"))].map(([, path]) => path);
  // Not the form for a new one.
  return paths.find((path) => !/\/now[aey]$/.test(path));
}

let found;

/** Every kind: its name, its path, and the status it answers with. */
export async function kinds() {
  found ??= (async () => {
    const selling = await first("organizacje", "?has=offers");
    const things = await Promise.all(LISTS.map((list) => first(list)));
    return [
      { name: "map", path: "/" },
      { name: "map filtered", path: "/?status=free&layers=premises,support" },
      { name: "map detail", path: `/?item=${selling}` },
      ...LISTS.map((list) => ({ name: `list ${list}`, path: `/${list}` })),
      { name: "list filtered", path: "/lokale?status=free&area_min=20&q=ul" },
      { name: "list empty", path: "/organizacje?q=qwxzqwxz" },
      ...things.map((thing) => ({ name: `detail ${thing.split("/")[0]}`, path: `/${thing}` })),
      { name: "detail let premises", path: `/${await first("lokale", "?status=occupied")}` },
      { name: "detail premises in a call", path: `/${await first("lokale", "?status=open_call")}` },
      { name: "embed", path: "/osadz?layers=premises&status=free" },
      { name: "about", path: "/o-projekcie" },
      { name: "accessibility", path: "/dostepnosc" },
      { name: "privacy", path: "/prywatnosc" },
      { name: "not found", path: "/nie-ma-takiej-strony", status: 404 },
      { name: "thing not found", path: "/organizacje/nie-ma-takiej", status: 404 },
      { name: "wrong parameter", path: "/lokale?status=nieznany", status: 400 },
    ].map((kind) => ({ status: 200, ...kind }));
  })();
  return found;
}
