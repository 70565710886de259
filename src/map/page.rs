//! `/`: the map page, and the results in its panel.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::app::App;
use crate::basemap::attribution;
use crate::config::Basemap;
use crate::error::{Error, Result};
use crate::web::area::Near;
use crate::web::list_page::with_distances;
use crate::web::map_page::{FilterGroup, LAYERS, MapPage, ResultGroup, Results};
use crate::web::{Lang, Page, Params, html, jsonld};
use crate::{organisations, premises, support};

/// How many results of one layer the panel shows; its list shows the rest.
const MOST: i64 = 25;

/// Things that can be picked by id in one request: what lies under one click.
const MOST_PICKED: usize = 100;

/// `GET /` and `GET /?fragment=results`
///
/// # Errors
/// A parameter is wrong; the results also need the database.
pub async fn map(State(app): State<App>, page: Page) -> Result<Response> {
    match page.params.one("fragment")? {
        None => html(&map_page(&app, page)?),
        Some("results") => html(&results(&app, page).await?),
        Some(other) => Err(Error::parameter("fragment", format!("“{other}” is not results"))),
    }
}

/// Layers that are on: `layers`, a comma-separated list; all of them where it is absent.
pub(super) fn layers_on(params: &Params) -> Result<Vec<&'static str>> {
    let Some(text) = params.one("layers")? else { return Ok(LAYERS.iter().map(|(layer, _)| *layer).collect()) };
    let wanted: Vec<&str> = text.split(',').collect();
    if let Some(unknown) =
        wanted.iter().find(|name| **name != "none" && !LAYERS.iter().any(|(layer, _)| layer == *name))
    {
        return Err(Error::parameter("layers", format!("“{unknown}” is not organisations, support, premises or none")));
    }
    Ok(LAYERS.iter().map(|(layer, _)| *layer).filter(|layer| wanted.contains(layer)).collect())
}

fn map_page(app: &App, page: Page) -> Result<MapPage> {
    let layers = layers_on(&page.params)?;
    check_filters(&page.params)?;
    let groups = filter_groups(&page);
    let config = config(app, &page);
    let layers = layers.into_iter().map(str::to_owned).collect();
    Ok(MapPage { groups, layers, config: jsonld::script(&config), page })
}

/// A link with a wrong filter says so, rather than show a map without it.
pub(super) fn check_filters(params: &Params) -> Result<()> {
    organisations::Filter::parse(params)?;
    support::Filter::parse(params)?;
    premises::Filter::parse(params)?;
    Ok(())
}

/// The filters of all layers.
pub(super) fn filter_groups(page: &Page) -> Vec<FilterGroup> {
    vec![
        FilterGroup::new("premises", premises::fields(page)),
        FilterGroup::new("organisations", organisations::fields(page)),
        FilterGroup::new("support", support::fields(page)),
    ]
}

/// What the map's script needs to know.
pub(super) fn config(app: &App, page: &Page) -> serde_json::Value {
    let site = &page.site;
    json!({
        "municipality": { "name": site.municipality, "teryt": site.teryt, "bounds": site.bounds },
        "style": "/style.json",
        "lang": page.lang.tag(),
        "strings": page.lang.with_prefix("map-"),
        "basemaps": app.config.basemaps.iter().map(|basemap| describe(basemap, page.lang)).collect::<Vec<_>>(),
        "demo": site.demo,
    })
}

/// A basemap as the script knows it. A file of ours is served by us.
fn describe(basemap: &Basemap, lang: Lang) -> serde_json::Value {
    let polish = lang == Lang::Pl;
    let url = match basemap.local_file() {
        Some(_) => format!("/basemaps/{}", basemap.id),
        None => basemap.url.clone(),
    };
    json!({
        "id": basemap.id,
        "kind": basemap.kind,
        "label": if polish { &basemap.label_pl } else { &basemap.label_en },
        "url": url,
        "attribution": attribution(basemap, polish),
        "note": if polish { &basemap.note_pl } else { &basemap.note_en },
        "third_party": basemap.local_file().is_none(),
    })
}

/// Ids by layer from `ids=organisations:12,premises:5`.
fn picked(text: &str) -> Result<Vec<(&str, i64)>> {
    let wrong = |part: &str| Error::parameter("ids", format!("“{part}” is not layer:number (organisations:12)"));
    let pairs = text.split(',').map(|part| {
        let (layer, id) = part.split_once(':').ok_or_else(|| wrong(part))?;
        let id = id.parse().map_err(|_| wrong(part))?;
        if LAYERS.iter().any(|(known, _)| *known == layer) { Ok((layer, id)) } else { Err(wrong(part)) }
    });
    let pairs = pairs.collect::<Result<Vec<_>>>()?;
    if pairs.len() > MOST_PICKED {
        return Err(Error::parameter("ids", format!("names more than {MOST_PICKED} things")));
    }
    Ok(pairs)
}

async fn results(app: &App, page: Page) -> Result<Results> {
    let params = page.params.clone();
    let picked = params.one("ids")?.map(picked).transpose()?;
    let mut groups = Vec::new();
    let mut fields = Vec::new();
    for layer in layers_on(&page.params)? {
        let named = picked.as_ref().map(|pairs| pairs.iter().filter(|(l, _)| *l == layer).map(|(_, id)| *id).collect());
        let group = match layer {
            "organisations" => {
                fields.extend(organisations::fields(&page));
                organisation_results(app, &page, named).await?
            }
            "support" => {
                fields.extend(support::fields(&page));
                support_results(app, &page, named).await?
            }
            _ => {
                fields.extend(premises::fields(&page));
                premises_results(app, &page, named).await?
            }
        };
        groups.push(group);
    }
    // Every layer has the district among its fields; one chip is enough.
    let mut district_seen = false;
    fields.retain(|field| !field.is_district() || !std::mem::replace(&mut district_seen, true));
    if picked.is_some() {
        fields.clear();
    }
    Ok(Results { page, fields, groups, picked: picked.is_some() })
}

async fn organisation_results(app: &App, page: &Page, named: Option<Vec<i64>>) -> Result<ResultGroup> {
    use organisations::{Filter, queries};
    let filter = Filter::parse(&page.params)?;
    let ids = match named {
        Some(ids) => ids,
        None => queries::matching_ids(&app.pool, &filter).await?,
    };
    let near = filter.common.near;
    let rows = queries::summaries(&app.pool, &ids, order(near, "name"), near, MOST, 0).await?;
    let cards = with_distances(page, near, rows.iter().map(|row| row.card(page)).collect());
    Ok(group("organisations", &ids, cards))
}

async fn support_results(app: &App, page: &Page, named: Option<Vec<i64>>) -> Result<ResultGroup> {
    use support::{Filter, queries};
    let filter = Filter::parse(&page.params)?;
    let ids = match named {
        Some(ids) => ids,
        None => queries::matching_ids(&app.pool, &filter).await?,
    };
    let near = filter.common.near;
    let rows = queries::summaries(&app.pool, &ids, order(near, "name"), near, MOST, 0).await?;
    let cards = with_distances(page, near, rows.iter().map(|row| row.card(page)).collect());
    Ok(group("support", &ids, cards))
}

async fn premises_results(app: &App, page: &Page, named: Option<Vec<i64>>) -> Result<ResultGroup> {
    use premises::{Filter, queries};
    let filter = Filter::parse(&page.params)?;
    let ids = match named {
        Some(ids) => ids,
        None => queries::matching_ids(&app.pool, &filter).await?,
    };
    let near = filter.common.near;
    // Those that can be had come first: most people who look at premises look for one.
    let rows = queries::summaries(&app.pool, &ids, filter.on, order(near, "status"), near, MOST, 0).await?;
    let cards = with_distances(page, near, rows.iter().map(|row| row.card(page)).collect());
    Ok(group("premises", &ids, cards))
}

/// The usual order, or the nearest first where a place is asked for.
fn order(near: Option<Near>, usual: &'static str) -> &'static str {
    if near.is_some() { "distance" } else { usual }
}

fn group(layer: &'static str, ids: &[i64], cards: Vec<crate::web::Card>) -> ResultGroup {
    ResultGroup { layer, total: ids.len() as i64, cards }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picked_things_are_read_or_refused() {
        assert_eq!(picked("organisations:12,premises:5").expect("good"), [("organisations", 12), ("premises", 5)]);
        for bad in ["organisations", "organisations:x", "people:1", ""] {
            assert!(matches!(picked(bad), Err(Error::BadParameter { parameter, .. }) if parameter == "ids"), "{bad}");
        }
    }

    #[test]
    fn layers_are_known_ones() {
        let on = |query: &str| layers_on(&Params::parse(query));
        assert_eq!(on("").expect("all").len(), 3);
        assert_eq!(on("layers=premises").expect("one"), ["premises"]);
        assert!(on("layers=none").expect("none").is_empty());
        assert!(on("layers=people").is_err());
    }
}
