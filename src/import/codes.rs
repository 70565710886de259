//! Codes that cells may hold; the database has the same lists in its checks.

/// Legal forms of organisations.
pub const LEGAL_FORMS: &[&str] = &[
    "association",
    "ordinary_association",
    "foundation",
    "social_cooperative",
    "work_cooperative",
    "disabled_cooperative",
    "cis",
    "kis",
    "wtz",
    "zaz",
    "church_legal_person",
    "local_government_association",
    "sports_club",
    "non_profit_company",
    "rural_housewives_circle",
];

/// Activity areas (art. 4 sec. 1 of the act on public benefit activity and volunteering).
pub const ACTIVITIES: &[&str] = &[
    "social_assistance",
    "family_support",
    "reintegration",
    "charity",
    "tradition",
    "minorities",
    "migrants",
    "health",
    "addictions",
    "disability",
    "employment",
    "gender_equality",
    "elderly",
    "economic_development",
    "technology",
    "local_communities",
    "education",
    "children_leisure",
    "culture",
    "sport",
    "ecology",
    "animals",
    "tourism",
    "public_safety",
    "human_rights",
    "consumers",
    "european_integration",
    "rescue",
    "disaster_relief",
    "volunteering",
    "veterans",
    "family_rights",
    "social_economy",
    "revitalisation",
];

/// Kinds of support institutions.
pub const SUPPORT_KINDS: &[&str] = &["owes", "roefs", "rops", "city_office", "marshal_office", "incubator", "other"];

/// Services of support institutions.
pub const SERVICES: &[&str] = &["advice", "training", "animation", "library", "rooms", "funding"];

/// Storeys of premises.
pub const STOREYS: &[&str] = &["ground", "upper", "underground", "attic", "outbuilding"];

/// What premises are fit for.
pub const USES: &[&str] =
    &["office", "services", "shop", "workshop", "culture", "education", "sport", "storage", "shared"];

/// Technical condition of premises.
pub const CONDITIONS: &[&str] = &["good", "to_refresh", "to_renovate"];

/// Utilities of premises.
pub const UTILITIES: &[&str] = &["electricity", "water", "sewage", "heating", "gas", "internet", "toilet"];

/// Statuses of premises.
pub const STATUSES: &[&str] = &["free", "open_call", "reserved", "occupied", "renovation", "withdrawn"];

/// Legal titles to premises.
pub const TITLES: &[&str] = &["lease", "lending"];

/// Ways of letting premises.
pub const LETTING_MODES: &[&str] = &["direct", "open_call", "tender"];

/// Kinds of offers.
pub const OFFER_KINDS: &[&str] = &["product", "service"];

/// Whether equipment is lent or given.
pub const EQUIPMENT_MODES: &[&str] = &["lend", "give"];

/// What the schematic basemap draws.
pub const SCHEMATIC_KINDS: &[&str] = &["water", "green", "street", "bridge", "rail"];
