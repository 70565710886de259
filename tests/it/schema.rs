//! What the database itself guarantees, whoever writes to it.

use pestor::db;
use sqlx::PgPool;

use crate::support::{self, database};

async fn run(pool: &PgPool, statement: &str) -> Result<(), String> {
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(pool).await;
    done.map(|_| ()).map_err(|error| error.into_database_error().expect("refused by the database").to_string())
}

async fn text(pool: &PgPool, query: &'static str) -> String {
    sqlx::query_scalar(query).fetch_one(pool).await.expect(query)
}

const TOWN: &str = "insert into municipality (teryt, name, boundary) values
    ('0463011', 'Toruń', st_multi(st_makeenvelope(18.4, 52.9, 18.8, 53.1, 4326)));
    insert into premises (municipality_id, name, storey, area_m2, use, technical_condition, point)
    select id, 'ul. Żółwia 1', 'ground', 37.8, 'office', 'good', st_setsrid(st_makepoint(18.6, 53.01), 4326) from municipality";

#[tokio::test]
async fn every_table_and_column_has_a_comment() {
    let pool = database().await;
    let bare: Vec<String> = sqlx::query_scalar(
        "select c.relname || coalesce('.' || a.attname, '')
         from pg_class c
         left join lateral (select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
                            union all select null, 0) a on true
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
           and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
           and c.relname <> '_sqlx_migrations'
           and col_description(c.oid, a.attnum::int) is null and (a.attnum > 0 or obj_description(c.oid) is null)
         order by 1",
    )
    .fetch_all(&pool)
    .await
    .expect("the catalogue");
    assert_eq!(bare, Vec::<String>::new());
    let tables: i64 = sqlx::query_scalar(
        "select count(*) from pg_description where objsubid > 0 and classoid = 'pg_class'::regclass",
    )
    .fetch_one(&pool)
    .await
    .expect("the catalogue");
    assert!(tables > 100, "the question finds columns: {tables}");
}

#[tokio::test]
async fn periods_of_one_unit_never_overlap() {
    let pool = database().await;
    run(&pool, TOWN).await.expect("a town");
    let period = |status: &str, days: &str| {
        format!(
            "insert into premises_period (premises_id, status, valid) select id, '{status}', '{days}' from premises"
        )
    };
    run(&pool, &period("free", "[2024-01-01,2025-01-01)")).await.expect("the first");
    run(&pool, &period("occupied", "[2025-01-01,)")).await.expect("the next begins where the first ends");
    for days in ["[2024-12-31,2025-01-02)", "[2023-01-01,)", "[2026-01-01,2026-02-01)"] {
        let refused = run(&pool, &period("renovation", days)).await.expect_err("an overlap");
        assert!(refused.contains("premises_period_no_overlap"), "{refused}");
    }
    for days in ["empty", "(,2020-01-01)"] {
        assert!(run(&pool, &period("free", days)).await.expect_err("no range").contains("valid_range"));
    }
}

#[tokio::test]
async fn identifiers_geometry_and_codes_are_checked() {
    let pool = database().await;
    run(&pool, TOWN).await.expect("a town");
    let organisation = |columns: &str, values: &str| {
        format!(
            "insert into organisation (municipality_id, name, legal_form, {columns}) select id, 'A', 'foundation', {values} from municipality"
        )
    };
    for (columns, values, constraint) in [
        ("nip", "'1234567890'", "organisation_nip_checksum"),
        ("regon", "'123456786'", "organisation_regon_checksum"),
        ("krs", "'123'", "organisation_krs_format"),
        ("website", "'javascript:alert(1)'", "organisation_website_scheme"),
        ("activities", "array['magic']", "organisation_activities_known"),
        ("point", "st_setsrid(st_makepoint(200, 53), 4326)", "organisation_point_usable"),
    ] {
        let refused = run(&pool, &organisation(columns, values)).await.expect_err(columns);
        assert!(refused.contains(constraint), "{columns}: {refused}");
    }
    run(&pool, &organisation("nip, regon", "'5260250274', '000331501'"))
        .await
        .expect("right checksums (public bodies')");
    let bow = "st_multi(st_geomfromtext('POLYGON((18 53, 19 54, 19 53, 18 54, 18 53))', 4326))";
    let refused = run(
        &pool,
        &format!("insert into district (municipality_id, name, area) select id, 'X', {bow} from municipality"),
    )
    .await
    .expect_err("a bow tie");
    assert!(refused.contains("district_area_valid"), "{refused}");
}

#[tokio::test]
async fn slugs_are_readable_unique_and_stable() {
    let pool = database().await;
    run(&pool, TOWN).await.expect("a town");
    assert_eq!(text(&pool, "select slug from premises").await, "ul-zolwia-1");
    run(&pool, &TOWN[TOWN.find("insert into premises").expect("premises")..]).await.expect("another of the name");
    assert_eq!(text(&pool, "select slug from premises order by id desc limit 1").await, "ul-zolwia-1-2");
    run(&pool, "update premises set name = 'ul. Inna 3'").await.expect("renamed");
    assert_eq!(
        text(&pool, "select string_agg(slug, ' ' order by id) from premises").await,
        "ul-zolwia-1 ul-zolwia-1-2"
    );
}

#[tokio::test]
async fn two_nodes_may_migrate_at_once_and_again() {
    let cluster = support::cluster().await;
    let pool = database().await;
    run(&pool, "create database it_migrated").await.expect("a database");
    let url = cluster.url_of("it_migrated");
    let (one, two) = tokio::join!(db::migrate(&url), db::migrate(&url));
    one.expect("the first");
    two.expect("the second");
    db::migrate(&url).await.expect("once more");
    let migrated = db::pool(db::options(&url).expect("options"));
    assert_eq!(db::pending_migrations(&migrated).await.expect("asked"), 0);
}

#[tokio::test]
async fn today_is_polands() {
    let pool = database().await;
    let timezone: String =
        sqlx::query_scalar("select current_setting('TimeZone')").fetch_one(&pool).await.expect("a setting");
    assert_eq!(timezone, "Europe/Warsaw");
}
