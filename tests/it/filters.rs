//! The filters in memory mean what SQL means, and clusters lose nothing: random filters over the demo's rows and random ones beside
//! them, each asked of the lists' queries and of the tiles of every zoom.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use geo::Geometry;
use pestor::web::Params;
use pestor::{organisations, premises, support};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::decode::{self, Feature};
use crate::support::{Site, demo_site};

/// Random rows. Many stand on the edges that boxes in [`query`] have, or just beside them, many areas are bounds that are asked for,
/// and days around today are first and last days.
const ROWS: &str = "
    select setseed(0.42);
    create function one_of(anyarray) returns anyelement language sql volatile
        as 'select $1[1 + floor(random() * cardinality($1))::int]';
    create function place() returns geometry language sql volatile as $$
        select st_setsrid(st_makepoint(
            one_of(array[18.55, 18.6, 18.605, 18.65, 18.47 + random() * 0.24]) + one_of(array[0, 0, 0, 1e-7, -1e-7]),
            one_of(array[52.99, 53.0, 53.0105, 53.02, 52.96 + random() * 0.1]) + one_of(array[0, 0, 0, 1e-7, -1e-7])), 4326) $$;
    create function day() returns date language sql volatile
        as 'select one_of(array[current_date, current_date - 1, current_date + 1, current_date - 400 + (random() * 800)::int])';

    insert into organisation (municipality_id, name, legal_form, activities, point)
        select 1, one_of(array['Fundacja', 'Klub', 'Żółw']) || ' ' || n,
            one_of(array['foundation', 'association', 'kis', 'zaz']),
            case when n % 3 > 0 then array[one_of(array['culture', 'sport']), one_of(array['health', 'ecology', 'sport'])] else '{}' end,
            case when n % 20 > 0 then place() end
        from generate_series(1, 200) n;
    insert into offer (municipality_id, organisation_id, kind, name, category, state)
        select 1, id, 'product', 'Chleb', 'bakery', one_of(array['draft', 'published', 'published', 'archived', 'hidden'])
        from organisation where random() < 0.3;
    insert into equipment (municipality_id, organisation_id, name, category, mode)
        select 1, id, 'Namiot', 'bakery', 'lend' from organisation where random() < 0.2;
    insert into demand (municipality_id, organisation_id, name, category, state, deadline)
        select 1, id, 'Chleb', 'bakery', one_of(array['open', 'open', 'answered', 'draft', 'pending', 'settled', 'withdrawn', 'hidden']),
            one_of(array[null, current_date, current_date - 1, day(), 'infinity', '-infinity'])
        from organisation, generate_series(1, 2) where random() < 0.4;

    insert into support_institution (municipality_id, name, kind, point)
        select 1, 'Ośrodek ' || n, one_of(array['owes', 'rops', 'incubator', 'other']), case when n % 10 > 0 then place() end
        from generate_series(1, 60) n;

    insert into premises_administrator (municipality_id, name) values (1, 'Jeden'), (1, 'Drugi');
    insert into premises (municipality_id, name, storey, area_m2, use, technical_condition, accessible, point, administrator_id, footprint)
        select 1, 'Lokal ' || n, 'ground', one_of(array[0.01, 0.29, 37.8, 60.5, 60.51, 999999.99, (random() * 200 + 1)::numeric(8, 2)]),
            one_of(array['office', 'shop', 'culture']), 'good', random() < 0.5, p, a.id,
            case when n % 3 = 0 then st_multi(st_expand(p, 0.0001)) end
        from (select n, place() as p, one_of(array['Jeden', 'Drugi', null]) as lets from generate_series(1, 200) n) places
        left join premises_administrator a on a.name = lets;
    -- Of each of the units up to four periods that follow each other, with gaps or without.
    insert into premises_period (premises_id, status, valid)
        select id, one_of(array['free', 'open_call', 'reserved', 'occupied', 'renovation', 'withdrawn']), daterange(first, next)
        from (select id, first, case when random() < 0.7 then lead(first) over days else least(lead(first) over days, first + 30) end as next
              from (select distinct id, day() as first from premises, generate_series(1, 4) where name like 'Lokal %') d
              window days as (partition by id order by first)) periods;
    -- For ever is written in two ways, since ever in one.
    update premises_period set valid = daterange(lower(valid), 'infinity') where upper_inf(valid) and premises_id % 2 = 0;
    insert into premises_period (premises_id, status, valid)
        select premises_id, 'free', daterange('-infinity', min(lower(valid))) from premises_period
        where premises_id % 5 = 0 group by premises_id";

/// What is let through of the four layers, asked of the database: as the lists ask, but only what has a place.
struct Expected {
    ids: BTreeMap<&'static str, BTreeSet<u64>>,
    /// Of the premises that pass, their status on the day that is asked about.
    status: BTreeMap<u64, String>,
}

impl Expected {
    async fn of(site: &Site, query: &str) -> Self {
        let (pool, params) = (&site.app.pool, Params::parse(query));
        let known = |names: &[&str]| Params::parse(&params.query(|name, _| names.contains(&name)));
        let filter = organisations::Filter::parse(&known(organisations::Filter::PARAMS)).expect(query);
        let organisations = organisations::queries::matching_ids(pool, &filter).await.expect(query);
        let filter = support::Filter::parse(&known(support::Filter::PARAMS)).expect(query);
        let support = support::queries::matching_ids(pool, &filter).await.expect(query);
        let filter = premises::Filter::parse(&known(premises::Filter::PARAMS)).expect(query);
        let premises = premises::queries::matching_ids(pool, &filter).await.expect(query);
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "select 'organisations', id from organisation where id = any ($1) and point is not null
             union all select 'support', id from support_institution where id = any ($2) and point is not null
             union all select 'premises', id from premises where id = any ($3)
             union all select 'footprints', id from premises where id = any ($3) and footprint is not null",
        )
        .bind(organisations)
        .bind(support)
        .bind(&premises)
        .fetch_all(pool)
        .await
        .expect("rows with a place");
        let mut ids: BTreeMap<&str, BTreeSet<u64>> = LAYERS.iter().map(|layer| (*layer, BTreeSet::new())).collect();
        for (layer, id) in rows {
            ids.get_mut(layer.as_str()).expect("a layer").insert(id.unsigned_abs());
        }
        let status: Vec<(i64, String)> = sqlx::query_as(
            "select p.id, coalesce(s.status, 'withdrawn') from premises p
             left join premises_period s on s.premises_id = p.id and s.valid @> coalesce($2, current_date) where p.id = any ($1)",
        )
        .bind(premises)
        .bind(filter.on)
        .fetch_all(pool)
        .await
        .expect("statuses");
        Self { ids, status: status.into_iter().map(|(id, status)| (id.unsigned_abs(), status)).collect() }
    }

    fn free(&self) -> u64 {
        self.status.values().filter(|status| is_free(status)).count() as u64
    }
}

fn is_free(status: &str) -> bool {
    ["free", "open_call"].contains(&status)
}

const LAYERS: [&str; 4] = ["organisations", "support", "premises", "footprints"];

/// Tiles of a zoom that cover all rows, with a little around them.
fn tiles(zoom: u8) -> impl Iterator<Item = (u8, u32, u32)> {
    let size = f64::from(1u32 << zoom);
    let ((west, north), (east, south)) = (pestor::geo::to_world(18.4, 53.1), pestor::geo::to_world(18.8, 52.9));
    let range = |from: f64, to: f64| (from * size) as u32..=(to * size) as u32;
    let columns = range(west, east);
    range(north, south).flat_map(move |y| columns.clone().map(move |x| (zoom, x, y)))
}

/// Everything that the tiles of a zoom show, by layer; what is only in a buffer is left to the neighbour.
async fn shown(site: &Site, zoom: u8, query: &str) -> BTreeMap<String, Vec<Feature>> {
    let mut all: BTreeMap<String, Vec<Feature>> = BTreeMap::new();
    for (z, x, y) in tiles(zoom) {
        let path = format!("/tiles/{}/{z}/{x}/{y}.mvt?{query}", LAYERS.join(","));
        let answer = site.get(&path).await;
        if answer.status == StatusCode::NO_CONTENT {
            continue;
        }
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        for layer in decode::read(&answer.bytes).unwrap_or_else(|error| panic!("{path}: {error}")) {
            let here = layer.features.into_iter().filter(|feature| match feature.geometry {
                Geometry::Point(point) => [point.x(), point.y()].iter().all(|axis| (0.0..4096.0).contains(axis)),
                _ => true,
            });
            all.entry(layer.name).or_default().extend(here);
        }
    }
    all
}

fn text<'a>(feature: &'a Feature, property: &str) -> &'a str {
    feature.properties.get(property).and_then(serde_json::Value::as_str).unwrap_or_default()
}

/// Random parameters, those of all layers together.
fn query(districts: Vec<String>) -> impl Strategy<Value = String> {
    type Pairs = Vec<(&'static str, String)>;
    let some = |name: &'static str, most: usize, values: &[&'static str]| -> BoxedStrategy<Pairs> {
        let chosen = subsequence(values.to_vec(), 1..=most.min(values.len())).prop_shuffle();
        let pairs = chosen.prop_map(move |values| values.iter().map(|value| (name, (*value).to_owned())).collect());
        prop_oneof![3 => Just(Pairs::new()), 2 => pairs].boxed()
    };
    let one = move |name, values: &[&'static str]| some(name, 1, values);
    let edge = |values: &[f64]| subsequence(values.to_vec(), 2);
    let bbox = (edge(&[18.5, 18.55, 18.6, 18.605, 18.65, 18.7]), edge(&[52.97, 52.99, 53.0, 53.0105, 53.02, 53.05]))
        .prop_map(|(longitudes, latitudes)| {
            vec![("bbox", format!("{},{},{},{}", longitudes[0], latitudes[0], longitudes[1], latitudes[1]))]
        });
    let area = subsequence(vec!["0", "0.29", "37.8", "60.5", "60.505", "60.51", "100", "999999.99", "1e300"], 2);
    let area = area.prop_map(|values| vec![("area_min", values[0].to_owned()), ("area_max", values[1].to_owned())]);
    let days = (-2i64..=2)
        .prop_map(|day| vec![("on", (time::OffsetDateTime::now_utc().date() + time::Duration::days(day)).to_string())]);
    let within = select(districts).prop_map(|slug| vec![("within", slug)]);
    let circle = (select(vec!["18.6,53.0105", "18.55,53.0", "18.605,53.02"]), select(vec!["1", "1200", "4000"]))
        .prop_map(|(near, radius)| vec![("near", near.to_owned()), ("radius_m", radius.to_owned())]);
    // Triangles whose sides and corners lie where rows do.
    let area_drawn = select(vec!["o`fpBorlbI_pR?nwHc_C", "_h|oBouhbI_pRozDg^owHfrOn}@"])
        .prop_map(|area| vec![("area", area.to_owned())]);
    let sometimes = |pairs: BoxedStrategy<Pairs>| prop_oneof![4 => Just(Pairs::new()), 1 => pairs];
    let parts = vec![
        one("q", &["fundacja", "zolw", "Ośrodek", "lokal 1", "ul.", "%", "nothing of the kind"]),
        sometimes(bbox.boxed()).boxed(),
        sometimes(circle.boxed()).boxed(),
        sometimes(area_drawn.boxed()).boxed(),
        sometimes(within.boxed()).boxed(),
        some("legal_form", 3, &["foundation", "association", "kis", "zaz", "sports_club"]),
        some("activity", 3, &["culture", "sport", "health", "ecology", "veterans"]),
        some("has", 2, organisations::HAS),
        some("kind", 2, support::KINDS),
        some("status", 3, premises::STATUSES),
        some("use", 3, &["office", "shop", "culture", "sport"]),
        sometimes(area.boxed()).boxed(),
        one("accessible", &["true"]),
        some("administrator", 2, &["jeden", "drugi"]),
        prop_oneof![2 => one("on", &["2024-02-01", "0001-01-01", "9999-12-31", "2030-06-01"]), 1 => days].boxed(),
    ];
    parts.prop_map(|parts| form_urlencoded::Serializer::new(String::new()).extend_pairs(parts.concat()).finish())
}

#[tokio::test]
async fn tiles_of_every_zoom_show_what_the_lists_find() {
    let site = demo_site().await;
    site.sql(ROWS).await;
    let version: i64 =
        sqlx::query_scalar("select sum(version)::bigint + to_char(current_date, 'J')::bigint from layer_version")
            .fetch_one(&site.app.pool)
            .await
            .expect("the version of the data");
    site.until("the map follows", async || site.app.map.data_version() == version).await;
    let districts: Vec<String> =
        sqlx::query_scalar("select slug from district order by 1").fetch_all(&site.app.pool).await.expect("districts");

    let (mut runner, strategy) = (TestRunner::deterministic(), query(districts));
    let mut passed = BTreeMap::new();
    for case in 0..CASES {
        let query = if case == 0 { String::new() } else { strategy.new_tree(&mut runner).expect("a query").current() };
        let expected = Expected::of(&site, &query).await;
        for layer in LAYERS {
            *passed.entry(layer).or_insert(0) += usize::from(!expected.ids[layer].is_empty());
        }
        for zoom in 0..=13 {
            let mut all = shown(&site, zoom, &query).await;
            for layer in &LAYERS[..3] {
                let said = format!("{layer} at zoom {zoom} of ?{query}");
                let features = all.remove(*layer).unwrap_or_default();
                let ids: BTreeSet<u64> = features.iter().map(|feature| feature.id).collect();
                assert_eq!(ids.len(), features.len(), "a point or cluster in two tiles: {said}");
                let (clusters, single): (Vec<_>, Vec<_>) =
                    features.iter().partition(|feature| feature.number("point_count").is_some());
                let single_ids: BTreeSet<u64> = single.iter().map(|feature| feature.id).collect();
                if zoom == 13 {
                    assert_eq!(single_ids, expected.ids[layer], "{said}");
                }
                assert!(single_ids.is_subset(&expected.ids[layer]), "{said}");
                let sum = |property: &str| clusters.iter().filter_map(|cluster| cluster.number(property)).sum::<u64>();
                assert_eq!(sum("point_count") as usize + single.len(), expected.ids[layer].len(), "{said}");
                if *layer == "premises" {
                    for unit in &single {
                        assert_eq!(text(unit, "status"), expected.status[&unit.id], "{} {said}", unit.id);
                    }
                    let free = single.iter().filter(|unit| is_free(text(unit, "status"))).count() as u64;
                    assert_eq!(sum("free_count") + free, expected.free(), "free ones: {said}");
                }
            }
            let outlines: BTreeSet<u64> =
                all.remove("footprints").unwrap_or_default().iter().map(|outline| outline.id).collect();
            let wanted = if zoom == 13 { expected.ids["footprints"].clone() } else { BTreeSet::new() };
            assert_eq!(outlines, wanted, "footprints at zoom {zoom} of ?{query}");
        }
    }
    // Filters that let nothing through prove little.
    assert!(passed.values().all(|&cases| cases > CASES / 3), "of {CASES}: {passed:?}");
}

/// How many filters are tried, the empty one among them.
const CASES: usize = 40;
