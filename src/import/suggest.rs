//! A first mapping for somebody else's file: their columns by their names, their words by what they mean. What is not recognised is
//! left for a person to fill in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use crate::web::Lang;

use super::batch::{COMMON, Importable};
use super::source::{Bytes, Fault, Hints, Source};
use super::{ImportError, Kind, codes, exchange, organisations, periods, places, premises, support, territory};

/// Words in the names of columns, small letters without Polish marks, and what they mean; the first that fits wins.
const COLUMNS: &[(&str, &[&str])] = &[
    (
        "source_id",
        &["id", "identyfikator", "nr ewidencyjny", "numer ewidencyjny", "fid", "objectid", "gid", "pk", "lp"],
    ),
    ("municipality", &["gmina teryt", "kod gminy"]),
    ("teryt", &["teryt", "terc", "jpt kod je", "kod teryt"]),
    (
        "name",
        &[
            "nazwa",
            "name",
            "nazwa organizacji",
            "nazwa podmiotu",
            "nazwa lokalu",
            "jpt nazwa",
            "tytul",
            "itemlabel",
            "lokal",
        ],
    ),
    ("legal_form", &["forma prawna", "forma", "legal form", "typ organizacji", "rodzaj organizacji"]),
    ("krs", &["krs", "nr krs", "numer krs"]),
    ("nip", &["nip", "nr nip"]),
    ("regon", &["regon", "nr regon"]),
    ("activities", &["zakres dzialalnosci", "dzialalnosc", "obszar dzialania", "sfera", "activities"]),
    ("description", &["opis", "description", "uwagi o dzialalnosci"]),
    ("street", &["ulica", "street", "ul", "nazwa ulicy"]),
    ("house_number", &["nr domu", "numer domu", "nr budynku", "numer budynku", "numer", "nr", "house number"]),
    ("unit_number", &["nr lokalu", "numer lokalu", "lokal nr"]),
    ("postal_code", &["kod pocztowy", "kod", "postal code", "post code"]),
    ("city", &["miejscowosc", "miasto", "city", "poczta"]),
    ("phone", &["telefon", "tel", "phone", "nr telefonu"]),
    ("email", &["e mail", "email", "mail", "adres e mail", "poczta elektroniczna"]),
    ("website", &["strona", "strona www", "www", "website", "strona internetowa", "adres www"]),
    ("opening_hours", &["godziny otwarcia", "godziny", "opening hours"]),
    ("district", &["dzielnica", "osiedle", "district", "obreb"]),
    ("storey", &["kondygnacja", "pietro", "poziom", "polozenie", "usytuowanie"]),
    ("area_m2", &["powierzchnia", "powierzchnia m2", "pow", "pow m2", "powierzchnia uzytkowa", "metraz", "area"]),
    ("use", &["przeznaczenie", "funkcja", "sposob uzytkowania", "use"]),
    ("technical_condition", &["stan techniczny", "stan", "condition"]),
    ("utilities", &["media", "wyposazenie", "instalacje"]),
    ("accessible", &["dostepnosc", "dostepny", "dla niepelnosprawnych", "accessible"]),
    ("administrator", &["administrator", "zarzadca", "administracja"]),
    ("remarks", &["uwagi", "remarks"]),
    ("status", &["status", "stan lokalu"]),
    ("premises", &["lokal id", "id lokalu"]),
    ("from", &["od", "data od", "od dnia", "from"]),
    ("to", &["do", "data do", "do dnia", "to"]),
    ("rent_pln_per_m2", &["czynsz", "stawka", "stawka za m2", "czynsz za m2"]),
    ("tenant_name", &["najemca", "uzytkownik", "organizacja najemca"]),
    ("kind", &["rodzaj", "typ", "kind"]),
    ("lon", &["lon", "lng", "long", "longitude", "dlugosc", "dlugosc geograficzna", "lon value"]),
    ("lat", &["lat", "latitude", "szerokosc", "szerokosc geograficzna", "lat value"]),
    ("x", &["x", "wspolrzedna x", "x 2180", "x 2000", "x 1992", "wsp x"]),
    ("y", &["y", "wspolrzedna y", "y 2180", "y 2000", "y 1992", "wsp y"]),
    ("point", &["wkt", "geometry", "geom", "geometria", "point", "coords", "the geom"]),
    ("licence", &["licencja", "licence", "license"]),
    ("verified_on", &["data weryfikacji", "zweryfikowano", "data aktualizacji", "aktualizacja"]),
    ("category", &["kategoria", "category"]),
    ("organisation", &["organizacja", "podmiot", "organisation"]),
    ("quantity", &["ilosc", "liczba", "quantity"]),
    ("price_pln", &["cena", "price"]),
];

const FLAGS: &[(&str, &str)] =
    &[("tak", "true"), ("nie", "false"), ("t", "true"), ("n", "false"), ("1", "true"), ("0", "false")];

/// Words that files have for our codes, without Polish marks.
const WORDS: &[(&str, &[(&str, &str)])] = &[
    (
        "legal_form",
        &[
            ("stowarzyszenie zwykle", "ordinary_association"),
            ("stowarzyszenie", "association"),
            ("fundacja", "foundation"),
            ("spoldzielnia socjalna", "social_cooperative"),
            ("spoldzielnia pracy", "work_cooperative"),
            ("spoldzielnia inwalidow", "disabled_cooperative"),
            ("centrum integracji spolecznej", "cis"),
            ("cis", "cis"),
            ("klub integracji spolecznej", "kis"),
            ("kis", "kis"),
            ("warsztat terapii zajeciowej", "wtz"),
            ("wtz", "wtz"),
            ("zaklad aktywnosci zawodowej", "zaz"),
            ("zaz", "zaz"),
            ("koscielna osoba prawna", "church_legal_person"),
            ("klub sportowy", "sports_club"),
            ("uczniowski klub sportowy", "sports_club"),
            ("spolka non profit", "non_profit_company"),
            ("kolo gospodyn wiejskich", "rural_housewives_circle"),
        ],
    ),
    (
        "activities",
        &[
            ("pomoc sasiedzka", "social_assistance"),
            ("rodzina", "family_support"),
            ("dobroczynnosc", "charity"),
            ("cudzoziemcy", "migrants"),
            ("zdrowie", "health"),
            ("ochrona zdrowia", "health"),
            ("uzaleznienia", "addictions"),
            ("niepelnosprawnosc", "disability"),
            ("niepelnosprawni", "disability"),
            ("zatrudnienie", "employment"),
            ("seniorzy", "elderly"),
            ("przedsiebiorczosc", "economic_development"),
            ("edukacja", "education"),
            ("oswiata", "education"),
            ("nauka", "education"),
            ("dzieci i mlodziez", "children_leisure"),
            ("kultura", "culture"),
            ("sztuka", "culture"),
            ("sport", "sport"),
            ("ekologia", "ecology"),
            ("ochrona srodowiska", "ecology"),
            ("zwierzeta", "animals"),
            ("turystyka", "tourism"),
            ("bezpieczenstwo", "public_safety"),
            ("ratownictwo", "rescue"),
        ],
    ),
    (
        "status",
        &[
            ("wolny", "free"),
            ("pusty", "free"),
            ("pustostan", "free"),
            ("konkurs", "open_call"),
            ("nabor", "open_call"),
            ("przetarg", "open_call"),
            ("zarezerwowany", "reserved"),
            ("zajety", "occupied"),
            ("wynajety", "occupied"),
            ("w najmie", "occupied"),
            ("remont", "renovation"),
            ("w remoncie", "renovation"),
            ("wycofany", "withdrawn"),
        ],
    ),
    (
        "storey",
        &[
            ("parter", "ground"),
            ("pietro", "upper"),
            ("1 pietro", "upper"),
            ("i pietro", "upper"),
            ("piwnica", "underground"),
            ("suterena", "underground"),
            ("poddasze", "attic"),
            ("oficyna", "outbuilding"),
        ],
    ),
    (
        "use",
        &[
            ("biuro", "office"),
            ("biurowy", "office"),
            ("uslugi", "services"),
            ("uslugowy", "services"),
            ("handel", "shop"),
            ("handlowy", "shop"),
            ("sklep", "shop"),
            ("warsztat", "workshop"),
            ("kultura", "culture"),
            ("edukacja", "education"),
            ("sport", "sport"),
            ("magazyn", "storage"),
            ("wspolny", "shared"),
        ],
    ),
    (
        "technical_condition",
        &[
            ("dobry", "good"),
            ("bardzo dobry", "good"),
            ("do odswiezenia", "to_refresh"),
            ("sredni", "to_refresh"),
            ("do remontu", "to_renovate"),
            ("zly", "to_renovate"),
        ],
    ),
    (
        "utilities",
        &[
            ("prad", "electricity"),
            ("energia elektryczna", "electricity"),
            ("woda", "water"),
            ("kanalizacja", "sewage"),
            ("ogrzewanie", "heating"),
            ("co", "heating"),
            ("gaz", "gas"),
            ("internet", "internet"),
            ("wc", "toilet"),
            ("toaleta", "toilet"),
        ],
    ),
    ("accessible", FLAGS),
    ("social_enterprise", FLAGS),
    ("public_benefit", FLAGS),
    ("prosocial_mark", FLAGS),
    ("title", &[("najem", "lease"), ("umowa najmu", "lease"), ("uzyczenie", "lending")]),
    (
        "letting_mode",
        &[("bez przetargu", "direct"), ("bezprzetargowo", "direct"), ("konkurs", "open_call"), ("przetarg", "tender")],
    ),
    ("mode", &[("wypozyczenie", "lend"), ("uzyczenie", "lend"), ("darowizna", "give"), ("oddam", "give")]),
];

/// Most different words of a column that are looked at: more are names, not codes.
const MOST_WORDS: usize = 60;

/// Small letters without Polish marks, other signs as spaces.
fn plain(text: &str) -> String {
    let letters: String = text
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'ą' => 'a',
            'ć' => 'c',
            'ę' => 'e',
            'ł' => 'l',
            'ń' => 'n',
            'ó' => 'o',
            'ś' => 's',
            'ź' | 'ż' => 'z',
            '²' => '2',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Columns of a kind, and those that a file must have.
pub fn columns(kind: Kind) -> (Vec<&'static str>, &'static [&'static str]) {
    fn of<T: Importable>() -> (Vec<&'static str>, &'static [&'static str]) {
        (COMMON.iter().chain(T::COLUMNS).copied().collect(), T::REQUIRED)
    }
    match kind {
        Kind::Municipalities => of::<territory::Municipality>(),
        Kind::Regions => of::<places::Region>(),
        Kind::Addresses => of::<places::Address>(),
        Kind::StreetNames => of::<places::StreetName>(),
        Kind::Landmarks => of::<places::Landmark>(),
        Kind::Districts => of::<territory::District>(),
        Kind::Schematic => of::<territory::Schematic>(),
        Kind::Categories => of::<exchange::Category>(),
        Kind::Organisations => of::<organisations::Organisation>(),
        Kind::Support => of::<support::Institution>(),
        Kind::Premises => of::<premises::Premises>(),
        Kind::PremisesPeriods => of::<periods::Period>(),
        Kind::Offers => of::<exchange::Offer>(),
        Kind::Demand => of::<exchange::Demand>(),
        Kind::Equipment => of::<exchange::Equipment>(),
    }
}

/// Codes that a column of ours takes.
pub fn codes_of(kind: Kind, column: &str) -> &'static [&'static str] {
    match (kind, column) {
        (_, "legal_form") => codes::LEGAL_FORMS,
        (_, "activities") => codes::ACTIVITIES,
        (Kind::Support, "kind") => codes::SUPPORT_KINDS,
        (Kind::Schematic, "kind") => codes::SCHEMATIC_KINDS,
        (Kind::Offers, "kind") => codes::OFFER_KINDS,
        (Kind::Equipment, "mode") => codes::EQUIPMENT_MODES,
        (Kind::Regions, "level") => codes::REGION_LEVELS,
        (Kind::PremisesPeriods, "title") => codes::TITLES,
        (_, "letting_mode") => codes::LETTING_MODES,
        (_, "services") => codes::SERVICES,
        (_, "status") => codes::STATUSES,
        (_, "storey") => codes::STOREYS,
        (_, "use") => codes::USES,
        (_, "technical_condition") => codes::CONDITIONS,
        (_, "utilities") => codes::UTILITIES,
        (_, "accessible" | "social_enterprise" | "public_benefit" | "prosocial_mark") => &["true", "false"],
        _ => &[],
    }
}

/// Key of the words that people have for a code.
pub fn words_key(kind: Kind, column: &str, code: &str) -> String {
    let prefix = match (kind, column) {
        (_, "activities") => "activity",
        (_, "services") => "service",
        (_, "utilities") => "utility",
        (_, "technical_condition") => "condition",
        (Kind::Support, "kind") => "support-kind",
        (Kind::Offers, "kind") => "offer-kind",
        (Kind::Schematic, "kind") => "schematic",
        (_, "level") => "region",
        _ if matches!(code, "true" | "false") => "flag",
        (_, other) => other,
    };
    format!("{prefix}-{code}").replace('_', "-")
}

/// A text as TOML has it.
fn toml(text: &str) -> String {
    ::toml::Value::String(text.to_owned()).to_string()
}

/// Looks at a file and writes a first mapping for it. Blocks; GeoPackages need a Tokio runtime around the thread.
///
/// # Errors
/// The file cannot be read as rows.
pub fn suggest(kind: Kind, file: &Path, hints: &Hints) -> Result<String, ImportError> {
    let name = file.display().to_string();
    write_mapping(kind, &name, &Bytes::File(file.to_owned()), hints).map_err(|fault| fault.of(&name))
}

/// Our columns with those of theirs that seem to be the same.
pub fn recognise<'a>(ours: &[&'static str], theirs: &'a [String]) -> BTreeMap<&'static str, &'a str> {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut found = BTreeMap::new();
    for column in ours {
        let names = COLUMNS.iter().find(|(one, _)| one == column).map_or(&[][..], |(_, names)| names);
        let same = |name: &str| theirs.iter().find(|one| plain(one) == plain(name) && !taken.contains(one.as_str()));
        if let Some(one) = same(column).or_else(|| names.iter().find_map(|name| same(name))) {
            taken.insert(one);
            found.insert(*column, one.as_str());
        }
    }
    found
}

fn write_mapping(kind: Kind, name: &str, bytes: &Bytes, hints: &Hints) -> Result<String, Fault> {
    let source = Source::open(name, bytes, hints)?;
    let theirs = &source.survey.columns;
    let (ours, required) = columns(kind);
    let found = recognise(&ours, theirs);
    let taken: BTreeSet<&str> = found.values().copied().collect();
    let words = words(kind, &source, &found)?;
    let mut out = format!(
        "# {}\n# {} rows; a first suggestion: look through it before you use it.\n\n[columns]\n",
        source.survey.understood, source.survey.rows
    );
    for column in &ours {
        match found.get(column) {
            Some(theirs) => writeln!(out, "{column} = {}", toml(theirs)).ok(),
            None if required.contains(column) => {
                writeln!(out, "# {column} = \"\"   # needed: name their column, or give a default below").ok()
            }
            None => None,
        };
    }
    let rest: Vec<String> = theirs.iter().filter(|one| !taken.contains(one.as_str())).map(|one| toml(one)).collect();
    if !rest.is_empty() {
        writeln!(out, "# not used: {}", rest.join(", ")).ok();
        let free: Vec<&str> = ours.iter().filter(|one| !found.contains_key(*one)).copied().collect();
        writeln!(out, "# ours that are free: {}", free.join(", ")).ok();
    }
    for (column, words) in words {
        writeln!(out, "\n[values.{column}]").ok();
        for (word, code) in words {
            match code {
                Some(code) => writeln!(out, "{} = {}", toml(&word), toml(code)).ok(),
                None => writeln!(out, "# {} = \"\"   # one of {}", toml(&word), codes_of(kind, column).join(", ")).ok(),
            };
        }
    }
    out.push_str("\n[defaults]\n# licence = \"CC0-1.0\"\n");
    if found.contains_key("x")
        || (source.survey.geometries && source.survey.srid.is_none() && source.survey.projection.is_none())
    {
        out.push_str("\n[file]\n");
        match hints.srid {
            Some(srid) => writeln!(out, "srid = {srid}").ok(),
            None => writeln!(out, "# srid = 2180   # needed: the coordinate system of x and y").ok(),
        };
    }
    Ok(out)
}

/// Words by column, each with the code that it seems to be.
pub type Words<'a> = BTreeMap<&'a str, BTreeMap<String, Option<&'static str>>>;

/// Words of the columns that hold codes, each with the code it seems to be.
pub fn words<'a>(kind: Kind, source: &Source, found: &BTreeMap<&'a str, &str>) -> Result<Words<'a>, Fault> {
    let mut words: Words<'a> = BTreeMap::new();
    let coded: Vec<(&str, &str)> = found
        .iter()
        .map(|(ours, theirs)| (*ours, *theirs))
        .filter(|(ours, _)| !codes_of(kind, ours).is_empty())
        .collect();
    source.rows(&mut |record| {
        for (ours, theirs) in &coded {
            let cell = record.cells.get(*theirs).map_or("", |cell| cell.trim());
            let all = words.entry(*ours).or_default();
            if cell.is_empty() || all.len() > MOST_WORDS || codes_of(kind, ours).contains(&cell) {
                continue;
            }
            let lists = matches!(*ours, "activities" | "utilities" | "services");
            for word in cell.split([';', ',']).filter(|_| lists).chain((!lists).then_some(cell)) {
                let word = word.trim();
                if !word.is_empty() && !codes_of(kind, ours).contains(&word) {
                    all.insert(word.to_owned(), code_of(kind, ours, word));
                }
            }
        }
        true
    })?;
    words.retain(|_, words| !words.is_empty() && words.len() <= MOST_WORDS);
    Ok(words)
}

/// The code that a word seems to mean: by the words that offices have for it, or by ours.
fn code_of(kind: Kind, column: &str, word: &str) -> Option<&'static str> {
    let word = plain(word);
    let list = WORDS.iter().find(|(one, _)| *one == column).map_or(&[][..], |(_, list)| list);
    let exact = list.iter().find(|(one, _)| *one == word).map(|(_, code)| *code);
    let ours = || {
        let is = |code: &&&str| {
            [Lang::Pl, Lang::En].iter().any(|lang| plain(&lang.t(&words_key(kind, column, code))) == word)
        };
        codes_of(kind, column).iter().find(is).copied()
    };
    let begins = || list.iter().find(|(one, _)| one.len() > 3 && word.starts_with(one)).map(|(_, code)| *code);
    exact.or_else(ours).or_else(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_mapping_says_what_it_understood_and_what_it_did_not() {
        let text = "Lp.;Nazwa organizacji;Forma prawna;Ulica;Nr domu;X;Y;Kolor\n\
                    1;A;Fundacja;Szeroka;5;5874000,5;6570000,2;red\n2;B;Klub bokserski;;;;;\n3;C;stowarzyszenie zwykłe;;;;;\n";
        let file = Bytes::Memory(text.as_bytes().to_vec().into());
        let written = write_mapping(Kind::Organisations, "a.csv", &file, &Hints::default()).expect("written");
        for line in [
            "source_id = \"Lp.\"",
            "name = \"Nazwa organizacji\"",
            "house_number = \"Nr domu\"",
            "x = \"X\"",
            "# not used: \"Kolor\"",
            "Fundacja = \"foundation\"",
            "\"stowarzyszenie zwykłe\" = \"ordinary_association\"",
            "# \"Klub bokserski\" = \"\"",
            "# srid = 2180",
        ] {
            assert!(
                written.contains(line) || written.contains(&line.replace("Fundacja =", "\"Fundacja\" =")),
                "{line}\n{written}"
            );
        }
        let known: Vec<&str> = columns(Kind::Organisations).0;
        super::super::mapping::Mapping::parse(&written, &known).expect("what is suggested can be read");
    }
}
