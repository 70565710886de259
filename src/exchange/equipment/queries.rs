//! All SQL of equipment.

use sqlx::{PgConnection, PgPool};

use super::form::Draft;
use super::{Equipment, Filter};
use crate::access::Owned;
use crate::error::{Error, Result};
use crate::exchange::photos::Picked;
use crate::exchange::{Category, party, queries};
use crate::web::Lang;
use crate::{districts, media};

/// Ids of the things that pass a filter, in no order. An owner outside the register is in no box and no district.
///
/// # Errors
/// The district or a category is unknown, or the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    queries::check_categories(pool, &filter.category).await?;
    let district = districts::queries::id_within(pool, filter.common.within.as_deref()).await?;
    let [west, south, east, north] = filter.common.edges();
    let ([lon, lat, radius_m], area) = filter.common.places();
    let ids = sqlx::query_scalar!(
        "select e.id from equipment e left join organisation o on o.id = e.organisation_id
         where e.shown and (cardinality($1::text[]) = 0 or e.category = any($1))
           and (cardinality($2::text[]) = 0 or e.mode = any($2))
           and ($3::text is null or e.search_text like pattern($3) or fold($3) <% e.search_text)
           and ($4::bigint is null or o.district_id = $4)
           and ($5::float8 is null or o.point && st_makeenvelope($5, $6, $7, $8, 4326))
           and in_places(o.point, $9, $10, $11, $12)",
        &filter.category,
        &filter.mode,
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

/// A page of a list: of the things with these ids, in the order of `sort`.
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
) -> Result<Vec<Equipment>> {
    let rows = sqlx::query!(
        r#"select e.id, e.slug, e.name, e.description, e.mode, e.quantity, e.terms,
               e.state, e.shown, e.version, e.municipality_id, e.published_at is not null as "was_published!",
               f.key as "photo_key?", f.width_px as photo_width_px, f.height_px as photo_height_px,
               f.alternative_text as "photo_words?", c.code, case when $5 = 'en' then c.name_en else c.name_pl end as "category!", c.cpv,
               o.id as "organisation_id?", o.slug as "organisation_slug?", coalesce(o.name, e.owner_name) as "owner!",
               o.phone as "phone?", o.email as "email?", st_x(o.point) as lon, st_y(o.point) as lat
           from equipment e join category c on c.code = e.category left join organisation o on o.id = e.organisation_id
               left join lateral (select m.key, m.width_px, m.height_px, p.alternative_text
                   from equipment_photo p join media m on m.id = p.media_id
                   where p.equipment_id = e.id order by p.position, m.id limit 1) f on true
           where e.id = any($1)
           order by case when $2 = 'newest' then e.published_at end desc nulls last,
               case when $2 = 'category' then case when $5 = 'en' then c.name_en else c.name_pl end end collate "pl-x-icu",
               ltrim(e.name, '„”"«» ') collate "pl-x-icu", e.id
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
        .map(|row| Equipment {
            id: row.id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            category: Category { code: row.code, name: row.category, cpv: row.cpv },
            mode: row.mode,
            quantity: row.quantity,
            terms: row.terms,
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
                row.organisation_id,
                row.organisation_slug,
                row.owner,
                row.lon.zip(row.lat),
                row.phone,
                row.email,
            ),
        })
        .collect())
}

/// The thing of a slug, in whatever state: who may see it was asked before.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, lang: Lang, slug: &str) -> Result<Option<Equipment>> {
    let id = sqlx::query_scalar!("select id from equipment where slug = $1", slug).fetch_optional(pool).await?;
    let Some(id) = id else { return Ok(None) };
    Ok(summaries(pool, lang, &[id], "name", 1, 0).await?.pop())
}

/// The thing of a key, in whatever state.
///
/// # Errors
/// There is none, or the database fails.
pub async fn by_id(pool: &PgPool, lang: Lang, id: i64) -> Result<Equipment> {
    let found = summaries(pool, lang, &[id], "name", 1, 0).await?.pop();
    found.ok_or_else(|| Error::NotFound(format!("there is no equipment {id}")))
}

/// Ids of all that these organisations, and the units of this municipality, ever posted, in whatever state.
///
/// # Errors
/// The database fails.
pub async fn ids_of(pool: &PgPool, organisation_ids: &[i64], office: Option<i64>) -> Result<Vec<i64>> {
    let ids = sqlx::query_scalar!(
        "select id from equipment
         where organisation_id = any($1) or (organisation_id is null and municipality_id = $2)",
        organisation_ids,
        office
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// Whose a thing is.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, slug: &str) -> Result<Option<Owned>> {
    let row = sqlx::query!("select id, municipality_id, organisation_id, shown from equipment where slug = $1", slug)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| Owned {
        id: row.id,
        municipality_id: Some(row.municipality_id),
        organisation_id: row.organisation_id,
        public: row.shown,
        ..Owned::default()
    }))
}

/// Title and path of a thing.
///
/// # Errors
/// The database fails.
pub async fn named(pool: &PgPool, id: i64) -> Result<Option<(String, String)>> {
    let row = sqlx::query!("select name, slug from equipment where id = $1", id).fetch_optional(pool).await?;
    Ok(row.map(|row| (row.name, format!("/sprzet/{}", row.slug))))
}

/// Carries out what an official decided about a thing that was posted or reported: it stays or comes back, or it is taken down.
///
/// # Errors
/// The database fails.
pub async fn decided(connection: &mut PgConnection, id: i64, stays: bool) -> Result<()> {
    let (from, to) = if stays { (["hidden", "hidden"], "published") } else { (["published", "archived"], "hidden") };
    let from = from.map(str::to_owned);
    sqlx::query!(
        "update equipment set state = $3, version = version + 1, published_at = coalesce(published_at, now())
         where id = $1 and state = any($2)",
        id,
        &from,
        to
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Photos of a thing in their order.
///
/// # Errors
/// The database fails.
pub async fn photos(pool: &PgPool, id: i64) -> Result<Vec<Picked>> {
    let rows = sqlx::query_as!(
        Picked,
        r#"select m.id as media_id, m.key, m.width_px as "width_px!", m.height_px as "height_px!", p.alternative_text
           from equipment_photo p join media m on m.id = p.media_id where p.equipment_id = $1 order by p.position, m.id"#,
        id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Adds a draft of an organisation, or of a unit of a municipality; its key and slug.
///
/// # Errors
/// The database fails.
pub async fn insert(
    connection: &mut PgConnection,
    municipality_id: i64,
    organisation_id: Option<i64>,
    unit_name: &str,
    author_id: i64,
    draft: &Draft,
) -> Result<(i64, String)> {
    let row = sqlx::query!(
        "insert into equipment (municipality_id, organisation_id, owner_name, author_id, state, published_at, name, description,
             category, mode, quantity, terms)
         values ($1, $2, $3, $4, 'draft', null, $5, $6, $7, $8, $9, $10)
         returning id, slug",
        municipality_id,
        organisation_id,
        unit_name,
        author_id,
        draft.name,
        draft.description,
        draft.category,
        draft.mode,
        draft.quantity,
        draft.terms
    )
    .fetch_one(&mut *connection)
    .await?;
    write_photos(connection, row.id, draft).await?;
    Ok((row.id, row.slug))
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updated {
    /// It was made.
    Made,
    /// Somebody else was faster.
    Changed,
    /// More pieces are promised than there would be.
    Promised,
    /// It cannot go from lent to given, or back, while somebody waits for it or has it.
    Awaited,
}

/// Changes a thing that still has this version. Only what was made may be committed.
///
/// # Errors
/// The database fails.
pub async fn update(connection: &mut PgConnection, id: i64, version: i32, draft: &Draft) -> Result<Updated> {
    let done = sqlx::query!(
        "update equipment set name = $3, description = $4, category = $5, mode = $6, quantity = $7, terms = $8,
             version = version + 1
         where id = $1 and version = $2",
        id,
        version,
        draft.name,
        draft.description,
        draft.category,
        draft.mode,
        draft.quantity,
        draft.terms
    )
    .execute(&mut *connection)
    .await;
    match done {
        Ok(done) if done.rows_affected() == 0 => return Ok(Updated::Changed),
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("loan_pieces_enough") => {
            return Ok(Updated::Promised);
        }
        done => done?,
    };
    // The thing's row is locked by now, and whoever asks for the thing waits for it.
    let awaited = sqlx::query_scalar!(
        r#"select exists (select from loan where equipment_id = $1 and state in ('requested', 'accepted', 'handed_over')
               and kind <> 'keep' and kind <> $2) as "awaited!""#,
        id,
        draft.mode
    )
    .fetch_one(&mut *connection)
    .await?;
    if awaited {
        return Ok(Updated::Awaited);
    }
    write_photos(connection, id, draft).await?;
    Ok(Updated::Made)
}

/// Photos of a thing. Rows that stay as they are are not touched: the audit shows what changed.
async fn write_photos(connection: &mut PgConnection, id: i64, draft: &Draft) -> Result<()> {
    let media_ids: Vec<i64> = draft.photos.iter().map(|photo| photo.media_id).collect();
    let words: Vec<String> = draft.photos.iter().map(|photo| photo.alternative_text.clone()).collect();
    let removed = sqlx::query_scalar!(
        "delete from equipment_photo where equipment_id = $1 and media_id <> all($2) returning media_id",
        id,
        &media_ids
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into equipment_photo (equipment_id, media_id, position, alternative_text)
         select $1, photo.id, photo.position, photo.words
         from unnest($2::bigint[], $3::text[]) with ordinality as photo (id, words, position)
         on conflict (equipment_id, media_id) do update
             set position = excluded.position, alternative_text = excluded.alternative_text
         where (equipment_photo.position, equipment_photo.alternative_text)
             is distinct from (excluded.position, excluded.alternative_text)",
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

/// Moves a thing from one state to another; false where it is not in the first any more.
///
/// # Errors
/// The database fails.
pub async fn set_state(connection: &mut PgConnection, id: i64, from: &str, to: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update equipment set state = $3, version = version + 1,
             published_at = case when $3 = 'published' then now() else published_at end
         where id = $1 and state = $2",
        id,
        from,
        to
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a thing off the lists because somebody gets it.
///
/// # Errors
/// The database fails.
pub async fn archive(connection: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!(
        "update equipment set state = 'archived', version = version + 1 where id = $1 and state in ('draft', 'published')",
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a draft that nobody ever saw.
///
/// # Errors
/// The database fails.
pub async fn delete_draft(connection: &mut PgConnection, id: i64) -> Result<bool> {
    let done = sqlx::query!("delete from equipment where id = $1 and state = 'draft' and published_at is null", id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
