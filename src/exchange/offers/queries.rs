//! All SQL of offers.

use sqlx::{PgConnection, PgPool};

use super::form::Draft;
use super::{Filter, Offer};
use crate::access::Owned;
use crate::districts;
use crate::error::Result;
use crate::exchange::near::Nearest;
use crate::exchange::photos::Picked;
use crate::exchange::{Category, party, queries};
use crate::media;
use crate::web::Lang;

/// Ids of the offers that everybody sees and that pass a filter, in no order.
///
/// # Errors
/// The district or a category is unknown, or the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    queries::check_categories(pool, &filter.category).await?;
    let district = districts::queries::id_within(pool, filter.common.within.as_deref()).await?;
    let [west, south, east, north] = filter.common.edges();
    let ([lon, lat, radius_m], area) = filter.common.places();
    let ids = sqlx::query_scalar!(
        "select f.id from offer f join organisation o on o.id = f.organisation_id
         where f.shown
           and (cardinality($1::text[]) = 0 or f.kind = any($1))
           and (cardinality($2::text[]) = 0 or f.category = any($2))
           and ($3::text is null or f.search_text like pattern($3) or fold($3) <% f.search_text)
           and ($4::bigint is null or o.district_id = $4)
           and ($5::float8 is null or o.point && st_makeenvelope($5, $6, $7, $8, 4326))
           and in_places(o.point, $9, $10, $11, $12)",
        &filter.kind,
        &filter.category,
        filter.common.q.as_deref(),
        district,
        west,
        south,
        east,
        north,
        lon,
        lat,
        radius_m,
        area
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// These offers by the distance of their organisations from a place, with it, metres; those without a place come last.
///
/// # Errors
/// The database fails.
pub async fn nearest(pool: &PgPool, ids: &[i64], [lon, lat]: [f64; 2], limit: i64, offset: i64) -> Result<Nearest> {
    let rows = sqlx::query!(
        "select f.id, st_distance(o.point::geography, st_setsrid(st_makepoint($2, $3), 4326)::geography) as metres
         from offer f join organisation o on o.id = f.organisation_id
         where f.id = any($1) order by metres nulls last, f.id limit $4 offset $5",
        ids,
        lon,
        lat,
        limit,
        offset
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.metres)).collect())
}

/// A page of a list: of the offers with these ids, in the order of `sort`; `given` is that of the ids.
///
/// # Errors
/// The database fails.
pub async fn summaries(
    pool: &PgPool,
    lang: Lang,
    ids: &[i64],
    sort: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Offer>> {
    let rows = sqlx::query!(
        r#"select f.id, f.slug, f.kind, f.name, f.description, f.price_pln::float8 as price_pln, f.price_unit, f.delivery_area,
               f.delivery_kind, f.delivery_radius_m, f.state, f.shown, f.version, f.municipality_id,
               f.published_at is not null as "was_published!",
               array(select d.slug from offer_district x join district d on d.id = x.district_id
                   where x.offer_id = f.id order by d.name collate "pl-x-icu") as "district_slugs!",
               array(select d.name from offer_district x join district d on d.id = x.district_id
                   where x.offer_id = f.id order by d.name collate "pl-x-icu") as "district_names!",
               c.code, case when $5 = 'en' then c.name_en else c.name_pl end as "category!", c.cpv,
               o.id as organisation_id, o.slug as organisation_slug, o.name as organisation, o.phone, o.email,
               st_x(o.point) as lon, st_y(o.point) as lat, photo.key as "photo_key?", photo.width_px as "photo_width_px?",
               photo.height_px as "photo_height_px?", photo.alternative_text as "photo_words?"
           from offer f join category c on c.code = f.category join organisation o on o.id = f.organisation_id
           left join lateral (select m.key, m.width_px, m.height_px, p.alternative_text
               from offer_photo p join media m on m.id = p.media_id where p.offer_id = f.id order by p.position limit 1) photo on true
           where f.id = any($1)
           order by case when $2 = 'given' then array_position($1, f.id) end,
               case when $2 = 'newest' then coalesce(f.published_at, f.created_at) end desc,
               case when $2 = 'price' then f.price_pln end nulls last,
               case when $2 = 'category' then case when $5 = 'en' then c.name_en else c.name_pl end end collate "pl-x-icu",
               ltrim(f.name, '„”"«» ') collate "pl-x-icu", f.id
           limit $3 offset $4"#,
        ids,
        sort,
        limit,
        offset,
        lang.tag()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Offer {
            id: row.id,
            slug: row.slug,
            kind: row.kind,
            name: row.name,
            description: row.description,
            category: Category { code: row.code, name: row.category, cpv: row.cpv },
            price_pln: row.price_pln,
            price_unit: row.price_unit,
            delivery_area: row.delivery_area,
            delivery_kind: row.delivery_kind,
            delivery_radius_m: row.delivery_radius_m,
            district_slugs: row.district_slugs,
            district_names: row.district_names,
            state: row.state,
            shown: row.shown,
            version: row.version,
            municipality_id: row.municipality_id,
            was_published: row.was_published,
            photo: row
                .photo_key
                .zip(row.photo_width_px)
                .zip(row.photo_height_px)
                .map(|((key, width), height)| media::view(&key, width, height, row.photo_words.unwrap_or_default())),
            party: party(
                Some(row.organisation_id),
                Some(row.organisation_slug),
                row.organisation,
                row.lon.zip(row.lat),
                Some(row.phone),
                Some(row.email),
            ),
        })
        .collect())
}

/// The offer of a slug, in whatever state: who may see it was asked before.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, lang: Lang, slug: &str) -> Result<Option<Offer>> {
    let id = sqlx::query_scalar!("select id from offer where slug = $1", slug).fetch_optional(pool).await?;
    let Some(id) = id else { return Ok(None) };
    Ok(summaries(pool, lang, &[id], "name", 1, 0).await?.pop())
}

/// Photos of an offer in their order.
///
/// # Errors
/// The database fails.
pub async fn photos(pool: &PgPool, id: i64) -> Result<Vec<Picked>> {
    let rows = sqlx::query_as!(
        Picked,
        r#"select m.id as media_id, m.key, m.width_px as "width_px!", m.height_px as "height_px!", p.alternative_text
           from offer_photo p join media m on m.id = p.media_id where p.offer_id = $1 order by p.position, m.id"#,
        id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Ids of all that these organisations ever posted, in whatever state.
///
/// # Errors
/// The database fails.
pub async fn ids_of(pool: &PgPool, organisation_ids: &[i64]) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!("select id from offer where organisation_id = any($1)", organisation_ids)
        .fetch_all(pool)
        .await?)
}

/// Whose an offer is.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, slug: &str) -> Result<Option<Owned>> {
    let row = sqlx::query!("select id, municipality_id, organisation_id, shown from offer where slug = $1", slug)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| Owned {
        id: row.id,
        municipality_id: Some(row.municipality_id),
        organisation_id: Some(row.organisation_id),
        public: row.shown,
        ..Owned::default()
    }))
}

/// Title and path of an offer.
///
/// # Errors
/// The database fails.
pub async fn named(pool: &PgPool, id: i64) -> Result<Option<(String, String)>> {
    let row = sqlx::query!("select name, slug from offer where id = $1", id).fetch_optional(pool).await?;
    Ok(row.map(|row| (row.name, format!("/oferty/{}", row.slug))))
}

/// Carries out what an official decided about an offer that was posted or reported: it stays or comes back, or it is taken down.
///
/// # Errors
/// The database fails.
pub async fn decided(connection: &mut PgConnection, id: i64, approved: bool) -> Result<()> {
    let (from, to) = if approved { (["hidden", "hidden"], "published") } else { (["published", "archived"], "hidden") };
    let from = from.map(str::to_owned);
    sqlx::query!(
        "update offer set state = $3, version = version + 1, published_at = coalesce(published_at, now())
         where id = $1 and state = any($2)",
        id,
        &from,
        to
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a draft of an organisation; its key and slug.
///
/// # Errors
/// The database fails.
pub async fn insert(
    connection: &mut PgConnection,
    organisation_id: i64,
    author_id: i64,
    draft: &Draft,
) -> Result<(i64, String)> {
    let row = sqlx::query!(
        "insert into offer (municipality_id, organisation_id, author_id, state, published_at, kind, name, description, category,
             price_pln, price_unit, delivery_kind, delivery_radius_m)
         select municipality_id, id, $2, 'draft', null, $3, $4, $5, $6, $7::float8::numeric(10, 2), $8, $9, $10
         from organisation where id = $1
         returning id, slug",
        organisation_id,
        author_id,
        draft.kind,
        draft.name,
        draft.description,
        draft.category,
        draft.price_pln,
        draft.price_unit,
        draft.delivery_kind,
        draft.delivery_radius_m
    )
    .fetch_one(&mut *connection)
    .await?;
    write_parts(connection, row.id, draft).await?;
    Ok((row.id, row.slug))
}

/// Changes an offer that still has this version; false where somebody else was faster.
///
/// # Errors
/// The database fails.
pub async fn update(connection: &mut PgConnection, id: i64, version: i32, draft: &Draft) -> Result<bool> {
    let done = sqlx::query!(
        "update offer set kind = $3, name = $4, description = $5, category = $6, price_pln = $7::float8::numeric(10, 2),
             price_unit = $8, delivery_kind = $9, delivery_radius_m = $10, version = version + 1
         where id = $1 and version = $2",
        id,
        version,
        draft.kind,
        draft.name,
        draft.description,
        draft.category,
        draft.price_pln,
        draft.price_unit,
        draft.delivery_kind,
        draft.delivery_radius_m
    )
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    write_parts(connection, id, draft).await?;
    Ok(true)
}

/// Districts and photos of an offer. Rows that stay as they are are not touched: the audit shows what changed.
async fn write_parts(connection: &mut PgConnection, id: i64, draft: &Draft) -> Result<()> {
    sqlx::query!(
        "delete from offer_district x using district d
         where x.offer_id = $1 and d.id = x.district_id and d.slug <> all($2)",
        id,
        &draft.districts
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into offer_district (offer_id, district_id)
         select f.id, d.id from offer f join district d on d.municipality_id = f.municipality_id
         where f.id = $1 and d.slug = any($2) on conflict do nothing",
        id,
        &draft.districts
    )
    .execute(&mut *connection)
    .await?;
    let media_ids: Vec<i64> = draft.photos.iter().map(|photo| photo.media_id).collect();
    let words: Vec<String> = draft.photos.iter().map(|photo| photo.alternative_text.clone()).collect();
    let removed = sqlx::query_scalar!(
        "delete from offer_photo where offer_id = $1 and media_id <> all($2) returning media_id",
        id,
        &media_ids
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into offer_photo (offer_id, media_id, position, alternative_text)
         select $1, photo.id, photo.position, photo.words
         from unnest($2::bigint[], $3::text[]) with ordinality as photo (id, words, position)
         on conflict (offer_id, media_id) do update set position = excluded.position, alternative_text = excluded.alternative_text
         where (offer_photo.position, offer_photo.alternative_text) is distinct from (excluded.position, excluded.alternative_text)",
        id,
        &media_ids,
        &words
    )
    .execute(&mut *connection)
    .await?;
    for media_id in removed {
        media::delete(&mut *connection, media_id).await?;
    }
    Ok(())
}

/// Moves an offer from one state to another; false where it is not in the first any more.
///
/// # Errors
/// The database fails.
pub async fn set_state(connection: &mut PgConnection, id: i64, from: &str, to: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update offer set state = $3, version = version + 1, published_at = case when $3 = 'published' then now() else published_at end
         where id = $1 and state = $2",
        id,
        from,
        to
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a draft that nobody ever saw.
///
/// # Errors
/// The database fails.
pub async fn delete_draft(connection: &mut PgConnection, id: i64) -> Result<bool> {
    let done = sqlx::query!("delete from offer where id = $1 and state = 'draft' and published_at is null", id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
