//! The accounts of the demo. They exist there only.

use sqlx::PgPool;

use super::tickets::Newcomer;
use super::{password, queries};
use crate::access::Role;
use crate::error::Result;

/// Address, name, role, unit.
const ACCOUNTS: [(&str, &str, Role, &str); 5] = [
    ("mieszkaniec@demo.test", "Marta Mieszkanka", Role::Resident, ""),
    ("pes@demo.test", "Piotr Przedstawiciel", Role::Representative, ""),
    ("urzednik@demo.test", "Urszula Urzędniczka", Role::Official, "Wydział Komunikacji Społecznej i Informacji"),
    ("owes@demo.test", "Olga Doradczyni", Role::Editor, ""),
    ("admin@demo.test", "Adam Administrator", Role::Administrator, ""),
];

/// Makes the accounts, or gives them this password; their addresses.
///
/// # Errors
/// The database fails.
pub async fn put(pool: &PgPool, teryt: Option<&str>, password: &str) -> Result<Vec<&'static str>> {
    let hash = password::hashed(password).await?;
    let municipality_id = match teryt {
        Some(teryt) => queries::municipality(pool, teryt).await?,
        None => None,
    };
    let mut ids = Vec::new();
    for (email, name, role, unit_name) in ACCOUNTS {
        let newcomer = Newcomer {
            name: name.to_owned(),
            role: role.code().to_owned(),
            lang: "pl".to_owned(),
            municipality_id: municipality_id.filter(|_| role == Role::Official),
            unit_name: unit_name.to_owned(),
            institution_id: None,
        };
        ids.push(queries::put(pool, email, &newcomer, &hash).await?);
    }
    queries::put_demo_ties(pool, ids[1], ids[3]).await?;
    Ok(ACCOUNTS.iter().map(|(email, ..)| *email).collect())
}
