//! Codes that cells may hold, beside those that filters know too; the database has the same lists in its checks.

pub use crate::exchange::equipment::MODES as EQUIPMENT_MODES;
pub use crate::exchange::offers::KINDS as OFFER_KINDS;
pub use crate::organisations::{ACTIVITIES, LEGAL_FORMS};
pub use crate::premises::{STATUSES, USES};
pub use crate::support::KINDS as SUPPORT_KINDS;

/// Services of support institutions.
pub const SERVICES: &[&str] = &["advice", "training", "animation", "library", "rooms", "funding"];

/// Storeys of premises.
pub const STOREYS: &[&str] = &["ground", "upper", "underground", "attic", "outbuilding"];

/// Technical condition of premises.
pub const CONDITIONS: &[&str] = &["good", "to_refresh", "to_renovate"];

/// Utilities of premises.
pub const UTILITIES: &[&str] = &["electricity", "water", "sewage", "heating", "gas", "internet", "toilet"];

/// Legal titles to premises.
pub const TITLES: &[&str] = &["lease", "lending"];

/// Ways of letting premises.
pub const LETTING_MODES: &[&str] = &["direct", "open_call", "tender"];

/// Territory above the municipality.
pub const REGION_LEVELS: &[&str] = &["country", "voivodeship", "county"];

/// What the schematic basemap draws.
pub const SCHEMATIC_KINDS: &[&str] = &["water", "green", "street", "bridge", "rail"];
