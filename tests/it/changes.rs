//! What the database remembers of changes: which features of a layer, in which version.

use std::time::Duration;

use pestor::db;
use sqlx::postgres::PgListener;
use sqlx::{Executor, PgPool};

use crate::support::{cluster, database};

/// A town of two districts side by side, with organisations 1 and 2 in district 1, premises 1 and 2 in district 2, which a
/// unit lets, and a support institution in none.
const TOWN: &str = "
    create function at(lon float8) returns geometry language sql as 'select st_setsrid(st_makepoint(lon, 53.05), 4326)';
    create function box(west float8, east float8) returns geometry language sql
        as 'select st_multi(st_makeenvelope(west, 53, east, 53.1, 4326))';
    insert into municipality (teryt, name, boundary) values ('0463011', 'Toruń', box(18.4, 18.8));
    insert into district (municipality_id, name, area) values (1, 'Bielany', box(18.4, 18.5)), (1, 'Mokre', box(18.5, 18.6));
    insert into schematic_feature (municipality_id, kind, geom) values (1, 'green', box(18.4, 18.41));
    insert into organisation (municipality_id, name, legal_form, point)
        values (1, 'A', 'kis', at(18.41)), (1, 'B', 'kis', at(18.42));
    insert into support_institution (municipality_id, name, kind, source_id) values (1, 'OWES', 'owes', 'o');
    insert into premises_administrator (municipality_id, name) values (1, 'ZGM');
    insert into premises (municipality_id, name, storey, area_m2, use, technical_condition, point, administrator_id)
        values (1, 'C', 'ground', 10, 'office', 'good', at(18.51), 1),
               (1, 'D', 'ground', 10, 'office', 'good', at(18.52), 1);
    insert into category values ('food', 'Żywność', 'Food', '15000000-8');
    create table seen as table layer_version";

async fn town() -> PgPool {
    let pool = database().await;
    run(&pool, TOWN).await;
    pool
}

async fn run(db: impl Executor<'_, Database = sqlx::Postgres>, statement: &str) {
    db.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement)))
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn scalar(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.expect(query)
}

/// Every version of every layer that came since this was last asked, with its features; `*` is any.
async fn changes(pool: &PgPool) -> String {
    let changes: Option<String> = sqlx::query_scalar(
        "select string_agg(format('%s [%s]', layer, features), ', ' order by layer, number) from (
             select layer, number, (
                 select string_agg(coalesce(feature_id::text, '*'), ' ' order by feature_id)
                 from layer_change c where c.layer = v.layer and c.version = number) as features
             from layer_version v join seen s using (layer)
             cross join generate_series(s.version + 1, v.version) as number) since",
    )
    .fetch_one(pool)
    .await
    .expect("changes");
    run(pool, "update seen s set version = v.version from layer_version v where v.layer = s.layer").await;
    changes.unwrap_or_default()
}

/// Runs statements one after the other; each must be remembered as told.
async fn assert_changes(pool: &PgPool, steps: &[(&str, &str)]) {
    for (statement, expected) in steps {
        run(pool, statement).await;
        assert_eq!(changes(pool).await, *expected, "{statement}");
    }
}

#[tokio::test]
async fn a_statement_leaves_the_features_it_touched() {
    let pool = town().await;
    let steps = [
        ("update municipality set name = 'Thorn'", "municipalities [1]"),
        ("update district set name = name || '!'", "districts [1 2]"),
        ("update schematic_feature set rank = 1", "schematic [1]"),
        ("update organisation set name = 'AA' where id = 1", "organisations [1]"),
        (
            "insert into support_institution (municipality_id, name, kind, source_id)
             values (1, 'New', 'rops', 'p'), (1, 'OWES', 'incubator', 'o')
             on conflict (municipality_id, source, source_id) do update set kind = excluded.kind",
            "support [1], support [2]",
        ),
        ("update premises set accessible = true", "footprints [1 2], premises [1 2]"),
        (
            "insert into premises_period (premises_id, status, valid) values (1, 'free', '[2024-01-01,)')",
            "footprints [1], premises [1]",
        ),
        // The unit that lost it changed as well.
        ("update premises_period set premises_id = 2", "footprints [1 2], premises [1 2]"),
        ("delete from premises_period", "footprints [2], premises [2]"),
        (
            "insert into offer (municipality_id, organisation_id, kind, name, category)
             values (1, 1, 'product', 'Chleb', 'food'), (1, 1, 'product', 'Bułki', 'food')",
            "organisations [1]",
        ),
        ("update offer set organisation_id = 2 where name = 'Chleb'", "organisations [1 2]"),
        ("delete from offer", "organisations [1 2]"),
        (
            "insert into demand (municipality_id, organisation_id, unit_name, name, category)
             values (1, 2, '', 'Chleb', 'food'), (1, null, 'Szkoła', 'Chleb', 'food')",
            "organisations [2]",
        ),
        ("update demand set quantity = '3' where organisation_id is null", "organisations []"),
        (
            "insert into equipment (municipality_id, organisation_id, name, category, mode)
             values (1, 2, 'Namiot', 'food', 'lend')",
            "organisations [2]",
        ),
        ("update equipment set organisation_id = null, owner_name = 'Szkoła'", "organisations [2]"),
        ("update premises_administrator set slug = 'zgm-2'", "premises []"),
        ("delete from support_institution where id = 2", "support [2]"),
    ];
    assert_changes(&pool, &steps).await;
}

#[tokio::test]
async fn a_statement_that_touches_no_row_changes_nothing() {
    let pool = town().await;
    let mut listener = PgListener::connect_with(&pool).await.expect("a connection");
    listener.listen("pestor_layers").await.expect("listening");
    let steps = [
        ("update organisation set name = 'X' where id = 0", ""),
        ("delete from premises where id = 0", ""),
        (
            "insert into offer (municipality_id, organisation_id, kind, name, category) select 1, 1, 'product', 'A', 'food' limit 0",
            "",
        ),
        ("update premises_administrator set name = 'X' where id = 0", ""),
        ("begin; update organisation set name = 'X'; rollback", ""),
    ];
    assert_changes(&pool, &steps).await;
    run(&pool, "update premises set city = 'Toruń'; update premises set city = ''").await;
    run(&pool, "update support_institution set city = 'Toruń'").await;
    for payload in ["premises,footprints", "support"] {
        assert_eq!(listener.recv().await.expect("an announcement").payload(), payload, "once a transaction");
    }
}

#[tokio::test]
async fn what_goes_with_a_record_is_told_too() {
    let pool = town().await;
    run(
        &pool,
        "insert into offer (municipality_id, organisation_id, kind, name, category) values (1, 1, 'product', 'A', 'food');
         insert into demand (municipality_id, organisation_id, name, category) values (1, 1, 'A', 'food');
         insert into premises_period (premises_id, status, valid, organisation_id)
         values (2, 'occupied', '[2024-01-01,)', 1)",
    )
    .await;
    changes(&pool).await;
    let steps = [
        (
            "delete from organisation where id = 1",
            "footprints [2], organisations [1], organisations [1], organisations [1], premises [2]",
        ),
        ("delete from premises_administrator", "footprints [1 2], premises [], premises [1 2]"),
        ("delete from premises where id = 2", "footprints [2], footprints [2], premises [2], premises [2]"),
        ("delete from district where id = 2", "districts [2], footprints [1], premises [1]"),
        (
            "delete from municipality",
            "districts [1], footprints [1], municipalities [1], organisations [2], premises [1], schematic [1], support [1]",
        ),
    ];
    assert_changes(&pool, &steps).await;
}

#[tokio::test]
async fn truncating_may_change_everything() {
    let pool = town().await;
    let steps = [
        ("truncate premises_period", "footprints [*], premises [*]"),
        ("truncate equipment, schematic_feature cascade", "organisations [*], schematic [*]"),
        (
            "truncate premises_administrator cascade",
            "footprints [*], footprints [*], premises [*], premises [*], premises [*]",
        ),
    ];
    assert_changes(&pool, &steps).await;
    run(&pool, "truncate municipality cascade").await;
    let all = changes(&pool).await;
    for layer in ["districts", "footprints", "municipalities", "organisations", "premises", "schematic", "support"] {
        assert!(all.contains(&format!("{layer} [*]")), "{layer} in {all}");
    }
}

#[tokio::test]
async fn more_than_a_thousand_features_are_everything() {
    let pool = town().await;
    run(
        &pool,
        "insert into organisation (municipality_id, name, legal_form) select 1, 'E' || n, 'kis' from generate_series(3, 1001) n",
    )
    .await;
    let ids = "select count(*) from layer_change where layer = 'organisations'
               and version = (select version from layer_version where layer = 'organisations') and feature_id is not null";
    run(&pool, "update organisation set city = 'Toruń' where id <= 1000").await;
    assert_eq!(scalar(&pool, ids).await, 1000);
    changes(&pool).await;
    let steps = [
        ("update organisation set city = 'Toruń'", "organisations [*]"),
        (
            "insert into offer (municipality_id, organisation_id, kind, name, category, slug)
             select 1, 1, 'product', 'A', 'food', 'a' || n from generate_series(1, 1001) n",
            "organisations [1]",
        ),
        (
            "delete from municipality",
            "districts [1 2], footprints [1 2], municipalities [1], organisations [*], \
          organisations [1], premises [], premises [1 2], schematic [1], support [1]",
        ),
    ];
    assert_changes(&pool, &steps).await;
}

#[tokio::test]
async fn only_the_last_versions_are_kept() {
    let pool = town().await;
    let kept = "select format('%s %s %s', version - complete_since,
                    (select min(version) from layer_change c where c.layer = v.layer) - complete_since,
                    (select count(*) from layer_change c where c.layer = v.layer))
                from layer_version v where layer = 'organisations'";
    let kept = async || sqlx::query_scalar::<_, String>(kept).fetch_one(&pool).await.expect("the log");
    let times = async |times: u32| {
        run(
            &pool,
            &format!("do 'begin for i in 1..{times} loop update organisation set city = i::text; end loop; end'"),
        )
        .await;
    };
    assert_eq!(kept().await, "1 1 2", "the town's two organisations");
    times(255).await;
    assert_eq!(kept().await, "256 1 512", "nothing is forgotten yet");
    times(300).await;
    assert_eq!(kept().await, "256 1 512");
    let others = "select count(*) from layer_version where layer <> 'organisations' and complete_since <> 1";
    assert_eq!(scalar(&pool, others).await, 0, "each layer has its own log");
}

/// Waits until so many statements wait for a lock.
async fn waiting(pool: &PgPool, count: i64) {
    let asked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while scalar(pool, asked).await != count {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn versions_are_in_the_order_of_commits() {
    let pool = town().await;
    let mut first = pool.begin().await.expect("a transaction");
    run(&mut *first, "update organisation set name = 'first' where id = 1").await;
    let mut second = pool.begin().await.expect("a transaction");
    let second = tokio::spawn(async move {
        run(&mut *second, "update organisation set name = 'second' where id = 2").await;
        second.commit().await.expect("committed");
    });
    waiting(&pool, 1).await;
    assert_eq!(changes(&pool).await, "", "neither is committed");
    // The second has not touched the row that it waits to change.
    run(&mut *first, "update organisation set name = 'again' where id = 2").await;
    first.commit().await.expect("committed");
    second.await.expect("the second goes on");
    assert_eq!(changes(&pool).await, "organisations [1], organisations [2], organisations [2]");

    // A version that is taken back is given again, and never seen twice.
    let mut third = pool.begin().await.expect("a transaction");
    run(&mut *third, "update organisation set name = 'third' where id = 1").await;
    third.rollback().await.expect("taken back");
    assert_changes(&pool, &[("update organisation set name = 'fourth' where id = 2", "organisations [2]")]).await;
}

#[tokio::test]
async fn writers_of_the_same_layers_do_not_deadlock() {
    let pool = town().await;
    for (table, layers) in [("one", "footprints, premises"), ("two", "premises, footprints")] {
        let statement = format!(
            "create table {table} (id bigint);
             create trigger {table}_layer after insert on {table} referencing new table as new_rows
             for each statement execute function layer_rows_changed(id, {layers})"
        );
        run(&pool, &statement).await;
    }
    // Both come while the last layer is held; were they to take the layers in their own orders, each would then have what
    // the other waits for.
    let mut holder = pool.begin().await.expect("a transaction");
    run(&mut *holder, "select from layer_version where layer = 'premises' for update").await;
    let mut writers = Vec::new();
    for (number, statement) in [(1, "insert into two values (2)"), (2, "insert into one values (1)")] {
        let own = pool.clone();
        writers.push(tokio::spawn(async move { run(&own, statement).await }));
        waiting(&pool, number).await;
    }
    holder.rollback().await.expect("let go");
    for writer in writers {
        writer.await.expect("no deadlock");
    }
    assert_eq!(changes(&pool).await, "footprints [2], footprints [1], premises [2], premises [1]");
}

#[tokio::test]
async fn records_follow_when_districts_change() {
    let pool = town().await;
    let districts = "select string_agg(coalesce(district_id::text, '-'), ' ' order by id) from organisation";
    let districts = async || sqlx::query_scalar::<_, String>(districts).fetch_one(&pool).await.expect("districts");
    assert_eq!(districts().await, "1 1");
    for (statement, expected, change) in [
        ("update district set name = 'Skarpa' where id = 1", "1 1", "districts [1]"),
        ("update district set area = box(18.4, 18.415) where id = 1", "1 -", "districts [1], organisations [2]"),
        (
            "insert into district (municipality_id, name, area) values (1, 'Stawki', box(18.4, 18.5))",
            "1 3",
            "districts [3], organisations [2]",
        ),
        ("update district set area = box(18.419, 18.5) where id = 1", "3 1", "districts [1], organisations [1 2]"),
        ("delete from district where id = 1", "3 3", "districts [1], organisations [2], organisations [2]"),
        ("delete from district where id = 3", "- -", "districts [3], organisations [1 2]"),
        ("update premises set city = ''", "- -", "footprints [1 2], premises [1 2]"),
    ] {
        assert_changes(&pool, &[(statement, change)]).await;
        assert_eq!(districts().await, expected, "{statement}");
    }
    // A district of another municipality holds nothing of this one.
    run(&pool, "insert into municipality (teryt, name, boundary) values ('0415092', 'Obrowo', box(18.4, 18.8))").await;
    changes(&pool).await;
    let other = "insert into district (municipality_id, name, area) values (2, 'Obory', box(18.4, 18.8))";
    assert_changes(&pool, &[(other, "districts [4]")]).await;
    run(&pool, "update district set municipality_id = 1 where id = 4").await;
    assert_eq!(districts().await, "4 4");
}

#[tokio::test]
async fn an_older_database_begins_its_log_where_it_is() {
    let cluster = cluster().await;
    run(&database().await, "create database it_older").await;
    let pool = db::pool(db::options(&cluster.url_of("it_older")).expect("options"));
    let (before, after): (Vec<_>, Vec<_>) = db::MIGRATIONS.iter().partition(|step| step.version < 6);
    for step in before {
        run(&pool, step.sql.as_str()).await;
    }
    run(&pool, TOWN).await;
    // As a district that was drawn anew left them.
    run(&pool, "update organisation set district_id = 2; update seen set version = v.version from layer_version v where v.layer = seen.layer").await;
    for step in after {
        run(&pool, step.sql.as_str()).await;
    }
    let other = "select count(*) from layer_version v join seen s using (layer) where v.complete_since <> s.version";
    assert_eq!(scalar(&pool, other).await, 0, "earlier changes are not known by id");
    assert_eq!(changes(&pool).await, "organisations [1 2]", "they found their district");
}
