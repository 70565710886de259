//! SQL of profiles.

use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::Profile;
use crate::error::Result;

/// A profile that is to be edited.
#[derive(Debug)]
pub struct Editable {
    /// The profile.
    pub profile: Profile,
    /// Name in web addresses.
    pub slug: String,
    /// The municipality of its seat.
    pub municipality_id: i64,
    /// Counts changes.
    pub version: i32,
}

/// The profile of an organisation.
///
/// # Errors
/// The database fails.
pub async fn editable(pool: &PgPool, id: i64) -> Result<Editable> {
    let row = sqlx::query!(
        r#"select slug, municipality_id, version, to_jsonb(o) || jsonb_build_object('lon', st_x(point), 'lat', st_y(point))
               as "profile!: Json<Profile>"
           from organisation o where id = $1"#,
        id
    )
    .fetch_one(pool)
    .await?;
    Ok(Editable { profile: row.profile.0, slug: row.slug, municipality_id: row.municipality_id, version: row.version })
}

/// What only the database knows of a profile.
#[derive(Debug)]
pub(super) struct Facts {
    /// The checksum of the tax identifier is right, or there is none.
    pub nip_valid: bool,
    /// The checksum of the statistical identifier is right, or there is none.
    pub regon_valid: bool,
    /// The point lies in the municipality, or there is none.
    pub inside: bool,
    /// Name of the municipality.
    pub municipality: String,
}

pub(super) async fn facts(pool: &PgPool, municipality_id: i64, profile: &Profile) -> Result<Facts> {
    let facts = sqlx::query_as!(
        Facts,
        r#"select coalesce(nip_valid($2), true) as "nip_valid!", coalesce(regon_valid($3), true) as "regon_valid!",
               coalesce(st_intersects(boundary, st_setsrid(st_makepoint($4, $5), 4326)), true) as "inside!", name as municipality
           from municipality where id = $1"#,
        municipality_id,
        profile.nip,
        profile.regon,
        profile.lon,
        profile.lat
    );
    Ok(facts.fetch_one(pool).await?)
}

/// Identifiers that another organisation than `id` has: the field, and the other's name.
pub(super) async fn taken(pool: &PgPool, id: i64, profile: &Profile) -> Result<Vec<(&'static str, String)>> {
    let rows = sqlx::query!(
        r#"select name, coalesce(krs = $2, false) as "krs!", coalesce(nip = $3, false) as "nip!", coalesce(regon = $4, false) as "regon!"
           from organisation where id <> $1 and (krs = $2 or nip = $3 or regon = $4)"#,
        id,
        profile.krs,
        profile.nip,
        profile.regon
    )
    .fetch_all(pool)
    .await?;
    let mut taken = Vec::new();
    for row in rows {
        for (field, is) in [("krs", row.krs), ("nip", row.nip), ("regon", row.regon)] {
            if is {
                taken.push((field, row.name.clone()));
            }
        }
    }
    Ok(taken)
}

/// What came of saving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is done.
    Done,
    /// Somebody else changed the profile since the form was opened.
    Changed,
    /// Another organisation came to have an identifier of this field in between.
    Taken(&'static str),
}

impl Saved {
    /// What a failed statement means for the form, where it means something.
    pub(in crate::organisations) fn of(error: sqlx::Error) -> Result<Self> {
        let constraint = error.as_database_error().and_then(sqlx::error::DatabaseError::constraint);
        match constraint {
            Some("organisation_krs_key") => Ok(Self::Taken("krs")),
            Some("organisation_nip_key") => Ok(Self::Taken("nip")),
            Some("organisation_regon_key") => Ok(Self::Taken("regon")),
            _ => Err(error.into()),
        }
    }
}

/// Writes a profile over the version that its editor saw; `by` says who confirms with it: `organisation` or `office`.
///
/// # Errors
/// The database fails.
pub async fn save(connection: &mut PgConnection, id: i64, version: i32, profile: &Profile, by: &str) -> Result<Saved> {
    let done = sqlx::query!(
        "update organisation o set (name, legal_form, social_enterprise, public_benefit, prosocial_mark, activities, krs, nip, regon,
             tagline, description, street, house_number, postal_code, city, phone, email, website, opening_hours, point,
             verified_on, verified_by)
         = (r.name, r.legal_form, r.social_enterprise, r.public_benefit, r.prosocial_mark, r.activities, r.krs, r.nip, r.regon,
             r.tagline, r.description, r.street, r.house_number, r.postal_code, r.city, r.phone, r.email, r.website, r.opening_hours,
             -- A form shows six decimals; a point that nobody moved stays exactly where it is.
             case when abs(st_x(o.point) - r.lon) < 1e-6 and abs(st_y(o.point) - r.lat) < 1e-6 then o.point
                 else st_setsrid(st_makepoint(r.lon, r.lat), 4326) end,
             current_date, $4)
         from jsonb_to_record($3) as r (name text, legal_form text, social_enterprise boolean, public_benefit boolean,
             prosocial_mark boolean, activities text[], krs text, nip text, regon text, tagline text, description text, street text,
             house_number text, postal_code text, city text, phone text, email text, website text, opening_hours text,
             lon float8, lat float8)
         where o.id = $1 and o.version = $2",
        id,
        version,
        Json(profile) as _,
        by
    )
    .execute(connection)
    .await;
    match done {
        Ok(done) if done.rows_affected() == 1 => Ok(Saved::Done),
        Ok(_) => Ok(Saved::Changed),
        Err(error) => Saved::of(error),
    }
}
