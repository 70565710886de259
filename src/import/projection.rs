//! The EPSG code of a coordinate system that is given as well-known text, as in the `.prj` of a shapefile. ESRI's names differ from
//! EPSG's and there is no code in most of them, so it is found by what it is: method, parameters, ellipsoid and unit.

use sqlx::PgConnection;

use super::queries;
use super::report::ImportError;

/// A coordinate system, by what it is.
#[derive(Debug, PartialEq)]
struct System {
    /// Projection method, small letters without `_`; empty for degrees.
    method: String,
    /// Semi-major axis, inverse flattening, prime meridian; then the unit and the parameters in the order of their names.
    numbers: Vec<f64>,
    /// Names of the parameters.
    names: Vec<String>,
    /// Datum, small letters and digits, without ESRI's `D_`.
    datum: String,
    /// Code, where the text gives it.
    code: Option<i32>,
}

/// Finds the code.
///
/// # Errors
/// The text is none, or it fits no coordinate system that PostGIS knows, or several.
pub async fn code(conn: &mut PgConnection, text: &str) -> Result<i32, ImportError> {
    let ask = |why: &str| ImportError::Request(format!("{why}; name it: --srid 2180, for example"));
    let wanted = parse(text).ok_or_else(|| ask("the .prj cannot be read as a coordinate system"))?;
    if let Some(code) = wanted.code {
        return Ok(code);
    }
    let systems = queries::projections(conn).await?;
    let same: Vec<(i32, System)> = systems
        .into_iter()
        .filter_map(|(code, text)| Some((code, parse(&text)?)))
        .filter(|(_, system)| alike(system, &wanted))
        .collect();
    let of_datum: Vec<i32> =
        same.iter().filter(|(_, system)| same_datum(&system.datum, &wanted.datum)).map(|(code, _)| *code).collect();
    let codes = if of_datum.is_empty() { same.iter().map(|(code, _)| *code).collect() } else { of_datum };
    match codes[..] {
        [] => Err(ask("the coordinate system of the .prj is none that is known")),
        [code] => Ok(code),
        _ => {
            let list = codes.iter().map(|code| format!("EPSG:{code}")).collect::<Vec<_>>().join(", ");
            Err(ask(&format!("the coordinate system of the .prj may be any of {list}")))
        }
    }
}

fn alike(one: &System, other: &System) -> bool {
    one.method == other.method
        && one.names == other.names
        && one.numbers.iter().zip(&other.numbers).all(|(a, b)| (a - b).abs() <= 1e-7 * a.abs().max(1.0))
}

/// ESRI and EPSG write `ETRS_1989` and `European_Terrestrial_Reference_System_1989`: the year and the initials tell.
fn same_datum(one: &str, other: &str) -> bool {
    let known = |name: &str| {
        let name = name.to_owned();
        if name.starts_with("europeanterrestrial") || name.starts_with("etrs") {
            "etrs89".to_owned()
        } else if name.starts_with("worldgeodeticsystem1984") || name == "wgs1984" || name == "wgs84" {
            "wgs84".to_owned()
        } else {
            name
        }
    };
    known(one) == known(other)
}

/// A node of well-known text: name, texts and numbers within, and the nodes below.
#[derive(Debug, Default)]
struct Node {
    name: String,
    texts: Vec<String>,
    numbers: Vec<f64>,
    below: Vec<Node>,
}

impl Node {
    fn find(&self, name: &str) -> Option<&Self> {
        self.below.iter().find(|node| node.name == name)
    }

    fn deep(&self, name: &str) -> Option<&Self> {
        self.find(name).or_else(|| self.below.iter().find_map(|node| node.deep(name)))
    }

    fn text(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }
}

/// Deepest nesting that is read.
const DEEPEST: usize = 16;

fn node(text: &mut &str, depth: usize) -> Option<Node> {
    let name_end = text.find(['[', '('])?;
    let mut node = Node { name: text[..name_end].trim().to_ascii_uppercase(), ..Node::default() };
    if depth > DEEPEST
        || node.name.is_empty()
        || !node.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return None;
    }
    *text = &text[name_end + 1..];
    loop {
        *text = text.trim_start();
        if let Some(rest) = text.strip_prefix('"') {
            let end = rest.find('"')?;
            node.texts.push(rest[..end].to_owned());
            *text = &rest[end + 1..];
        } else {
            let end = text.find([',', ']', ')', '[', '('])?;
            match text[end..].chars().next()? {
                '[' | '(' => node.below.push(self::node(text, depth + 1)?),
                _ => {
                    if let Ok(number) = text[..end].trim().parse() {
                        node.numbers.push(number);
                    }
                    *text = &text[end..];
                }
            }
        }
        *text = text.trim_start();
        match text.chars().next()? {
            ',' => *text = &text[1..],
            ']' | ')' => {
                *text = &text[1..];
                return Some(node);
            }
            _ => return None,
        }
    }
}

fn parse(text: &str) -> Option<System> {
    let root = node(&mut text.trim(), 0)?;
    if root.name != "PROJCS" && root.name != "GEOGCS" {
        return None;
    }
    let small = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let ellipsoid = root.deep("SPHEROID")?;
    let meridian = root.deep("PRIMEM").and_then(|node| node.numbers.first()).copied().unwrap_or(0.0);
    let unit = root.find("UNIT").and_then(|node| node.numbers.first()).copied().unwrap_or(1.0);
    let mut numbers = vec![*ellipsoid.numbers.first()?, *ellipsoid.numbers.get(1)?, meridian, unit];
    let method = root.find("PROJECTION").map_or(String::new(), |node| small(node.text()));
    let mut parameters: Vec<(String, f64)> = root
        .below
        .iter()
        .filter(|node| node.name == "PARAMETER")
        .filter_map(|node| Some((small(node.text()), *node.numbers.first()?)))
        // ESRI leaves zeros out or puts them in.
        .filter(|(name, number)| *number != 0.0 && !(name == "scalefactor" && (*number - 1.0).abs() < 1e-12))
        .collect();
    parameters.sort_by(|one, other| one.0.cmp(&other.0));
    numbers.extend(parameters.iter().map(|(_, number)| *number));
    let authority = root.find("AUTHORITY").filter(|node| node.text().eq_ignore_ascii_case("EPSG"));
    let code = authority.and_then(|node| {
        node.texts.get(1).and_then(|code| code.parse().ok()).or_else(|| node.numbers.first().map(|code| *code as i32))
    });
    Some(System {
        method: match method.as_str() {
            "gausskruger" => "transversemercator".to_owned(),
            "mercatorauxiliarysphere" => "mercator1sp".to_owned(),
            _ => method,
        },
        names: parameters.into_iter().map(|(name, _)| name).collect(),
        numbers,
        datum: root.deep("DATUM").map(|node| small(node.text().trim_start_matches("D_"))).unwrap_or_default(),
        code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ESRI: &str = r#"PROJCS["ETRS_1989_Poland_CS92",GEOGCS["GCS_ETRS_1989",DATUM["D_ETRS_1989",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",-5300000.0],PARAMETER["Central_Meridian",19.0],PARAMETER["Scale_Factor",0.9993],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
    const EPSG: &str = r#"PROJCS["ETRF2000-PL / CS92",GEOGCS["ETRS89",DATUM["European_Terrestrial_Reference_System_1989",SPHEROID["GRS 1980",6378137,298.257222101,AUTHORITY["EPSG","7019"]]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",19],PARAMETER["scale_factor",0.9993],PARAMETER["false_easting",500000],PARAMETER["false_northing",-5300000],UNIT["metre",1]]"#;

    #[test]
    fn one_system_in_two_spellings() {
        let (esri, epsg) = (parse(ESRI).expect("ESRI"), parse(EPSG).expect("EPSG"));
        assert!(alike(&esri, &epsg) && same_datum(&esri.datum, &epsg.datum), "{esri:?} {epsg:?}");
        assert!(!alike(&esri, &parse(&EPSG.replace("19]", "21]")).expect("another zone")));
        assert_eq!(
            parse(&EPSG.replace("UNIT[\"metre\",1]", "AUTHORITY[\"EPSG\",\"2180\"]")).expect("code").code,
            Some(2180)
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in "[A-Z\\[\\](),\"0-9.ż ]{0,60}") {
            let _ = parse(&text);
        }
    }
}
