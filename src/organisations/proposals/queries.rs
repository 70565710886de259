//! SQL of proposed organisations.

use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::Date;

use super::Duplicate;
use crate::access::Owned;
use crate::error::{Error, Result};
use crate::organisations::claims::queries::{decision, join};
use crate::organisations::profile::Profile;
use crate::organisations::profile::queries::Saved;

/// How like the names of one organisation written twice are at least (trigrams, 0 to 1), and how like where the address is the same.
const LIKE_NAME: f32 = 0.6;
const LIKE_NAME_SAME_STREET: f32 = 0.3;

/// Organisations of the register that a profile may be of: those with an identifier of it, then those with a name like its own
/// in the same municipality; a name that is less alike is enough where street or town are the same.
pub(super) async fn duplicates(pool: &PgPool, municipality_id: i64, profile: &Profile) -> Result<Vec<Duplicate>> {
    let rows = sqlx::query_as!(
        Duplicate,
        r#"select slug, name, legal_form, concat_ws(', ', nullif(btrim(street || ' ' || house_number), ''), nullif(city, '')) as "address!",
               array_remove(array[case when krs = $2 then 'krs' end, case when nip = $3 then 'nip' end,
                   case when regon = $4 then 'regon' end], null) as "same!"
           from organisation o
           where krs = $2 or nip = $3 or regon = $4
               or municipality_id = $1 and (similarity(fold(name), fold($5)) >= $8
                   or similarity(fold(name), fold($5)) >= $9 and street_key(street) = street_key($6) and $6 <> ''
                       and (city = '' or $7 = '' or fold(city) = fold($7)))
           order by coalesce(krs = $2 or nip = $3 or regon = $4, false) desc, similarity(fold(name), fold($5)) desc, id
           limit 6"#,
        municipality_id,
        profile.krs,
        profile.nip,
        profile.regon,
        profile.name,
        profile.street,
        profile.city,
        LIKE_NAME,
        LIKE_NAME_SAME_STREET
    );
    Ok(rows.fetch_all(pool).await?)
}

/// Keeps a proposal.
pub(super) async fn make(
    connection: &mut PgConnection,
    municipality_id: i64,
    account_id: i64,
    position: &str,
    profile: &Profile,
) -> Result<i64> {
    let id = sqlx::query_scalar!(
        "insert into organisation_proposal (municipality_id, account_id, position, profile) values ($1, $2, $3, $4) returning id",
        municipality_id,
        account_id,
        position,
        Json(profile) as _
    );
    Ok(id.fetch_one(connection).await?)
}

/// Whose a proposal is.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, key: &str) -> Result<Option<Owned>> {
    let Ok(id) = key.parse::<i64>() else { return Ok(None) };
    let row = sqlx::query!("select account_id, municipality_id from organisation_proposal where id = $1", id)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| Owned {
        id,
        municipality_id: Some(row.municipality_id),
        author_id: Some(row.account_id),
        ..Owned::default()
    }))
}

/// A proposal as its page shows it.
#[derive(Debug)]
pub(super) struct Proposal {
    pub municipality_id: i64,
    pub account_id: i64,
    pub proposer: String,
    pub position: String,
    pub profile: Profile,
    pub state: String,
    pub made_on: Date,
    pub decision_reason: String,
    pub slug: Option<String>,
}

/// A proposal.
pub(super) async fn detail(pool: &PgPool, id: i64) -> Result<Proposal> {
    let row = sqlx::query!(
        r#"select p.municipality_id, p.account_id, a.name as proposer, p.position, p.profile as "profile: Json<Profile>", p.state,
               p.made_at::date as "made_on!", p.decision_reason, o.slug as "slug?"
           from organisation_proposal p join account a on a.id = p.account_id left join organisation o on o.id = p.organisation_id
           where p.id = $1"#,
        id
    )
    .fetch_one(pool)
    .await?;
    Ok(Proposal {
        municipality_id: row.municipality_id,
        account_id: row.account_id,
        proposer: row.proposer,
        position: row.position,
        profile: row.profile.0,
        state: row.state,
        made_on: row.made_on,
        decision_reason: row.decision_reason,
        slug: row.slug,
    })
}

/// A proposal as a list of its maker shows it.
#[derive(Debug)]
pub struct Mine {
    /// Key.
    pub id: i64,
    /// Name of the organisation.
    pub name: String,
    /// `open` or `refused`.
    pub state: String,
    /// When it was proposed.
    pub made_on: Date,
    /// Why it was refused.
    pub decision_reason: String,
}

/// The proposals of an account, the last first: what waits, and what was refused in the last 90 days.
///
/// # Errors
/// The database fails.
pub async fn of_account(pool: &PgPool, account_id: i64) -> Result<Vec<Mine>> {
    let rows = sqlx::query_as!(
        Mine,
        r#"select id, profile ->> 'name' as "name!", state, made_at::date as "made_on!", decision_reason
           from organisation_proposal
           where account_id = $1 and (state = 'open' or state = 'refused' and decided_at > now() - interval '90 days')
           order by id desc"#,
        account_id
    );
    Ok(rows.fetch_all(pool).await?)
}

/// Takes an own proposal back; false where it is not open any more.
pub(super) async fn withdraw(connection: &mut PgConnection, id: i64) -> Result<bool> {
    let done =
        sqlx::query!("update organisation_proposal set state = 'withdrawn' where id = $1 and state = 'open'", id);
    Ok(done.execute(connection).await?.rows_affected() == 1)
}

/// Carries out what an official decided in the queue: a yes puts the organisation into the register, and whoever proposed it
/// represents it. What is not open any more stays as it is.
///
/// # Errors
/// Another organisation has one of its identifiers by now ([`Error::BadForm`]), or the database fails.
pub async fn decided(connection: &mut PgConnection, id: i64, approved: bool) -> Result<()> {
    let (by, reason) = decision(connection, "organisation", id).await?;
    let row = sqlx::query!(
        "update organisation_proposal set state = case when $2 then 'approved' else 'refused' end, decided_at = now(),
             decided_by = $3, decision_reason = $4
         where id = $1 and state = 'open' returning account_id",
        id,
        approved,
        by,
        reason
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row.filter(|_| approved) else { return Ok(()) };
    let made = sqlx::query_scalar!(
        "insert into organisation (municipality_id, name, legal_form, social_enterprise, public_benefit, prosocial_mark, activities,
             krs, nip, regon, tagline, description, street, house_number, postal_code, city, phone, email, website, opening_hours,
             point, verified_on, verified_by)
         select p.municipality_id, r.name, r.legal_form, r.social_enterprise, r.public_benefit, r.prosocial_mark, r.activities,
             r.krs, r.nip, r.regon, r.tagline, r.description, r.street, r.house_number, r.postal_code, r.city, r.phone, r.email,
             r.website, r.opening_hours, st_setsrid(st_makepoint(r.lon, r.lat), 4326), p.made_at::date, 'organisation'
         from organisation_proposal p cross join jsonb_to_record(p.profile) as r (name text, legal_form text,
             social_enterprise boolean, public_benefit boolean, prosocial_mark boolean, activities text[], krs text, nip text,
             regon text, tagline text, description text, street text, house_number text, postal_code text, city text, phone text,
             email text, website text, opening_hours text, lon float8, lat float8)
         where p.id = $1 returning id",
        id
    )
    .fetch_one(&mut *connection)
    .await;
    let organisation_id = match made {
        Ok(organisation_id) => organisation_id,
        Err(error) => {
            return match Saved::of(error)? {
                Saved::Taken(field) => Err(Error::BadForm(format!(
                    "another organisation came to have the same {field} in between; refuse this one"
                ))),
                Saved::Done | Saved::Changed => Ok(()),
            };
        }
    };
    sqlx::query!("update organisation_proposal set organisation_id = $2 where id = $1", id, organisation_id)
        .execute(&mut *connection)
        .await?;
    join(connection, row.account_id, organisation_id).await
}

/// Title and path of a proposal, for the queue.
///
/// # Errors
/// The database fails.
pub async fn named(pool: &PgPool, id: i64) -> Result<Option<(String, String)>> {
    let name =
        sqlx::query_scalar!(r#"select profile ->> 'name' as "name!" from organisation_proposal where id = $1"#, id);
    Ok(name.fetch_optional(pool).await?.map(|name| (name, format!("/nowa-organizacja/{id}"))))
}
