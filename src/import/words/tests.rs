use std::path::{Path, PathBuf};

use super::*;

/// Sentences in the code that are no message by themselves. Those that become a part of messages, or are put together with others, have
/// such messages beside them; what has none is never said to anybody, or is no sentence.
const NO_WHOLE_MESSAGE: &[(&str, &[&str])] = &[
    ("is not one of ", &["is not one of lend, give"]),
    ("neither line nor feature", &[]),
    (" or ", &["must be 9 or 14 digits", "the street could be A or B; it is not guessed"]),
    (", source_id {id}", &["A (source s, source_id 7)", "A (source s)"]),
    ("{} (source {}{key})", &["A (source s, source_id 7)", "A (source s)"]),
    (
        "has {} digits; must be {wanted}{lost}",
        &[
            "has 9 digits; must be 10 (were zeros at the start lost in a spreadsheet?)",
            "has 15 digits; must be 9 or 14",
        ],
    ),
    (
        " (were zeros at the start lost in a spreadsheet?)",
        &["has 9 digits; must be 10 (were zeros at the start lost in a spreadsheet?)"],
    ),
    (" at line ", &[]),
    ("invalid type: ", &[]),
    (", expected ", &[]),
    ("a list", &["a list stands where an object is needed"]),
    // Ends the reading of a file early, and is not looked at.
    ("no more are wanted", &[]),
    ("until further notice", &["overlaps the period 2026-01-01 – until further notice (free)"]),
    // How dates are written.
    ("[day padding:none].[month padding:none].[year]", &[]),
    // SQLite's name of itself, at the start of its files.
    ("SQLite format 3\0", &[]),
];

/// How statements begin.
const SQL: &[&str] =
    &["select", "insert into ", "delete from ", "update ", "with ", "set local ", "truncate ", "analyze "];

/// The patterns as they are written, by table.
fn written() -> BTreeMap<String, BTreeMap<String, String>> {
    toml::from_str(WRITTEN).expect("the catalogue")
}

fn polish(english: &str) -> String {
    say(Lang::Pl, english).into_owned()
}

/// What a sentence is apart from the names of its holes.
fn bare(sentence: &str) -> String {
    let (mut bare, mut hole) = (String::new(), false);
    for c in sentence.chars() {
        match c {
            '{' => hole = true,
            '}' if hole => {
                hole = false;
                bare.push_str("{}");
            }
            _ if hole => {}
            c => bare.push(c),
        }
    }
    bare
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|one| one == extension) && !path.ends_with("words/tests.rs") {
            found.push(path);
        }
    }
    found
}

/// Texts of a Rust file before its tests, as they are at run time. Not those in comments, attributes and the log, nor those of `Display`: so the
/// command line prints a report, whose parts are looked up one by one.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut blocks = source.split("impl fmt::Display for ");
    let first = blocks.next().unwrap_or_default();
    let others = blocks.map(|block| block.split_once("\n}").map_or("", |(_, after)| after));
    std::iter::once(first).chain(others).flat_map(texts).collect()
}

fn texts(source: &str) -> Vec<String> {
    let (mut found, mut rest, mut attribute, mut log) = (Vec::new(), source, 0, false);
    while let Some(c) = rest.chars().next() {
        let raw = rest.strip_prefix('r').map(|after| after.trim_start_matches('#'));
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(after) = raw.and_then(|after| after.strip_prefix('"')) {
            let end = format!("\"{}", "#".repeat(rest.len() - after.len() - 2));
            let (text, after) = after.split_once(end.as_str()).expect("the end of a raw text");
            found.push((attribute == 0).then(|| text.to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('"') {
            let (text, after) = quoted(after);
            found.push((attribute == 0 && !std::mem::take(&mut log)).then_some(text));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\'') {
            // A character, or a lifetime.
            let end = match after.strip_prefix('\\') {
                Some(escaped) => escaped.char_indices().skip(1).find(|(_, c)| *c == '\'').map(|(at, _)| at + 2),
                None => after.char_indices().nth(1).filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1),
            };
            rest = &after[end.unwrap_or_default()..];
        } else if let Some(after) = rest.strip_prefix("tracing::") {
            (log, rest) = (true, after);
        } else if let Some(after) = rest.strip_prefix("#[") {
            (attribute, rest) = (1, after);
        } else {
            attribute += i32::from(c == '[' && attribute > 0) - i32::from(c == ']' && attribute > 0);
            log &= c != ';';
            rest = &rest[c.len_utf8()..];
        }
    }
    found.into_iter().flatten().collect()
}

/// A text from behind its first quote, and what follows its last.
fn quoted(source: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = source.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &source[at + 1..]),
            '\\' => match chars.next().map_or('\\', |(_, c)| c) {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                '0' => text.push('\0'),
                '\n' => {
                    let rest = chars.as_str().trim_start();
                    let (inner, after) = quoted(rest);
                    return (text + &inner, after);
                }
                // Of a character by its number only that it is one matters.
                'u' | 'x' => text.push('\u{fffd}'),
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
    panic!("a text has no end: {text}");
}

/// Texts of a statement.
fn texts_of_sql(statement: &str) -> Vec<String> {
    let code: Vec<&str> = statement.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    code.join("\n").split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Words with a space between, that are not SQL.
fn is_sentence(text: &str) -> bool {
    let word = |word: &str| bare(word).bytes().filter(u8::is_ascii_lowercase).count() > 1;
    text.contains(' ') && text.split(' ').any(word) && !SQL.iter().any(|start| text.starts_with(start))
}

/// Sentences of the importer's code, each with its file.
fn sentences() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/import");
    let mut found = Vec::new();
    for (extension, texts) in [("rs", literals as fn(&str) -> Vec<String>), ("sql", texts_of_sql)] {
        for path in files(&folder, extension) {
            // A suggested mapping is TOML for a person to go on with.
            if path.ends_with("suggest.rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("a source");
            let sentences = texts(&source).into_iter().filter(|text| is_sentence(text));
            found.extend(sentences.map(|text| (path.display().to_string(), text)));
        }
    }
    found
}

#[test]
fn every_message_is_in_the_catalogue() {
    let known: HashSet<String> = written().values().flat_map(BTreeMap::keys).map(|english| bare(english)).collect();
    let sentences = sentences();
    assert!(sentences.len() > 150, "the sources are not read as they should be: {}", sentences.len());
    let missing: Vec<String> = sentences
        .iter()
        .filter(|(_, text)| !known.contains(&bare(text)) && !NO_WHOLE_MESSAGE.iter().any(|(part, _)| part == text))
        .map(|(file, text)| format!("{file}: {text:?}"))
        .collect();
    assert!(missing.is_empty(), "without a translation in import-words.toml:\n{}", missing.join("\n"));
    for (part, messages) in NO_WHOLE_MESSAGE {
        assert!(sentences.iter().any(|(_, text)| text == part), "nobody says {part:?} any more");
        for message in *messages {
            assert_ne!(polish(message), *message, "no Polish for {message:?}");
        }
    }
    for quality in super::super::geocode::QUALITIES {
        assert_ne!(polish(quality), *quality);
    }
}

#[test]
fn the_reader_of_sources_finds_texts_only() {
    let source = "// \"no one\"\n#[error(\"no two [a] x\")]\nfn f<'a>(c: &'a str) { g('\"', '\\'', b\"one b\", \"three \\\"c\\\" \\\n    d\", r#\"four \"e\"\"#) }\n\
                  impl fmt::Display for A {\n    \"no three\"\n}\ntracing::warn!(\"no five\"); const X: &str = \"five f\";\n#[cfg(test)]\nmod t { \"no four\" }";
    assert_eq!(literals(source), ["one b", "three \"c\" d", "four \"e\"", "five f"]);
    assert_eq!(texts_of_sql("select 'a b', -- it's\n '' || 'c'"), ["a b", "", "c"]);
    assert!(is_sentence("is broken: {error}") && !is_sentence("{one} {two}") && !is_sentence("select a from b"));
}

#[test]
fn patterns_are_whole_and_stand_in_nobodys_way() {
    let tables = written();
    let mut asked: HashSet<&str> = HashSet::from([MESSAGES]);
    for (table, sentences) in &tables {
        for (english, polish) in sentences {
            let (wanted, given) = (pieces(english), pieces(polish));
            let holes = |pieces: &[Piece]| -> Vec<String> {
                let name = |piece: &Piece| if let Piece::Hole { name, .. } = piece { Some(name.clone()) } else { None };
                let mut names: Vec<String> = pieces.iter().filter_map(name).collect();
                names.sort_unstable();
                names
            };
            assert_eq!(holes(&wanted), holes(&given), "{english:?} and {polish:?} have other holes");
            let touch = |pair: &[Piece]| pair.iter().all(|piece| matches!(piece, Piece::Hole { .. }));
            assert!(!wanted.windows(2).any(touch), "nobody can tell where one hole of {english:?} ends");
            assert_eq!(polish.matches('„').count(), polish.matches('”').count(), "quotes in {polish:?}");
            let fill = |piece: &Piece| if let Piece::Text(text) = piece { text.clone() } else { "7".to_owned() };
            let sample: String = wanted.iter().map(fill).collect();
            let filled: String = given.iter().map(fill).collect();
            let found = translate(table, &sample, &Cell::new(MOST_PARTS)).map(|found| found.polish);
            assert_eq!(found, Some(filled), "{sample:?} is taken by another pattern");
        }
    }
    for polish in tables.values().flat_map(BTreeMap::values) {
        for piece in pieces(polish) {
            if let Piece::Hole { table: Some(table), .. } = piece {
                asked.extend(tables.get_key_value(&table).map(|(name, _)| name.as_str()));
                assert!(tables.contains_key(&table), "{polish:?} asks for a table that is not there");
            }
        }
    }
    assert_eq!(tables.len(), asked.len(), "tables that nothing asks for: {asked:?}");
}

#[test]
fn messages_come_out_in_polish() {
    for (english, expected) in [
        (
            "checksum does not match; is a digit mistyped?",
            "suma kontrolna się nie zgadza; czy nie ma pomyłki w cyfrach?",
        ),
        ("is not one of lend, give", "nie ma takiego kodu; dozwolone: lend, give"),
        (
            "\"x\" is not one of sport, culture (several are separated by ;)",
            "„x”: nie ma takiego kodu; dozwolone: sport, culture (kilka wartości rozdziel średnikiem)",
        ),
        (
            "\"../a\" is no file name of small letters, digits, . _ and -",
            "„../a”: nazwa pliku może mieć tylko małe litery, cyfry oraz znaki . _ i -",
        ),
        (
            "has 9 digits; must be 10 (were zeros at the start lost in a spreadsheet?)",
            "liczba cyfr: 9, a powinno być: 10 (czy arkusz nie usunął zer na początku?)",
        ),
        ("must be 9 or 14 digits", "numer składa się z samych cyfr (liczba cyfr: 9 lub 14)"),
        (
            "belongs to \"Znana\" (source known, source_id k)",
            "numer należy do organizacji „Znana” (źródło known, source_id k)",
        ),
        ("repeats the row of line 2", "powtarza wcześniejszy wpis (wiersz 2)"),
        ("overlaps the period of feature 5", "okres nakłada się na wcześniejszy w tym pliku (obiekt 5)"),
        (
            "overlaps the period 2024-01-01 – until further notice (free)",
            "okres nakłada się na inny: 2024-01-01 – bezterminowo (free)",
        ),
        (
            "overlaps the period 2024-01-01 – 2024-09-01 (free)",
            "okres nakłada się na inny: 2024-01-01 – 2024-09-01 (free)",
        ),
        ("lies outside the municipality (Toruń)", "punkt leży poza gminą (Toruń)"),
        ("lies outside the municipality", "kształt leży poza gminą"),
        (
            "lies outside the municipality; are longitude and latitude swapped?",
            "kształt leży poza gminą; czy długość i szerokość geograficzna nie są zamienione?",
        ),
        ("the point lies in \"Wrzosy\"", "punkt leży na osiedlu „Wrzosy”"),
        ("the point lies in no district", "punkt leży poza osiedlami"),
        (
            "the shape was repaired: Self-intersection[18.55 53.05]",
            "kształt został naprawiony: przecina sam siebie (współrzędne: 18.55 53.05)",
        ),
        (
            "the street could be ulica Jana or aleja Jana or Jana; it is not guessed",
            "nie wiadomo, która to ulica: ulica Jana lub aleja Jana lub Jana; program tego nie zgaduje",
        ),
        (
            "16 fields under a header of 14; put a value that contains \"tab\" in quotes",
            "liczba pól: 16, a w nagłówku: 14; wartość, która zawiera „tabulator”, ujmij w cudzysłów",
        ),
        ("CSV, UTF-8, separated by ;", "CSV, kodowanie UTF-8, separator: ;"),
        (
            "there is no column \"legal_form\" (there are name, a \"b\")",
            "brak kolumny „legal_form” (są: name, a \"b\")",
        ),
        (
            "16 fields under a header of 2; put a value that contains \",\" in quotes; and there is no column \"a\" (there are b)",
            "liczba pól: 16, a w nagłówku: 2; wartość, która zawiera „,”, ujmij w cudzysłów; poza tym: brak kolumny „a” (są: b)",
        ),
        (
            "byte 0xE6 is not UTF-8, and it cannot be told which encoding it is (Big5?); name it: --encoding Windows-1250",
            "bajt 0xE6 nie pasuje do kodowania UTF-8; nie da się rozpoznać kodowania (może Big5?), wskaż je, na przykład Windows-1250",
        ),
        (
            "null stands where a GeoJSON FeatureCollection is needed",
            "powinno tu być: obiekt FeatureCollection, a jest: null",
        ),
        (
            "\"type\" must be \"Feature\", found \"Featre\"; and there is no column \"name\" (there are none)",
            "w polu „type” musi być „Feature”, a jest: „Featre”; poza tym: brak kolumny „name” (nie ma żadnych)",
        ),
        ("the workbook has no sheet \"c\"; it has \"a\", \"b\"", "skoroszyt nie ma arkusza „c”; ma arkusze: „a”, „b”"),
        (
            "the coordinate system of the .prj may be any of EPSG:2180, EPSG:9272; name it: --srid 2180, for example",
            "do pliku .prj pasuje kilka układów współrzędnych: EPSG:2180, EPSG:9272; wskaż układ, na przykład 2180",
        ),
        (
            "the database refuses it: new row violates check constraint \"a\"",
            "baza danych nie przyjmuje tego wiersza: new row violates check constraint \"a\"",
        ),
        ("something that nobody says", "something that nobody says"),
    ] {
        assert_eq!(polish(english), expected);
        assert_eq!(say(Lang::En, english), english);
    }
}

#[test]
fn what_stops_an_import_is_said_with_its_place() {
    let quote = "a quote is opened here and never closed";
    let polish_quote = "otwarty tutaj cudzysłów nie jest nigdzie zamknięty";
    assert_eq!(say(Lang::Pl, &format!("line 2: {quote}")), format!("wiersz 2: {polish_quote}"));
    assert_eq!(say(Lang::Pl, quote), polish_quote);
    assert_eq!(say(Lang::En, &format!("line 2: {quote}")), format!("line 2: {quote}"));
    let mapping = toml::from_str::<toml::Table>("a = 1\nb").expect_err("no TOML").to_string();
    let mapping = say(Lang::Pl, &mapping).into_owned();
    assert!(mapping.starts_with("błąd zapisu TOML (wiersz 2, znak 2): "), "{mapping}");
}

#[test]
fn a_long_text_is_done_at_once() {
    let text = format!("\"{}", "x\" of \"y\" is not \"; and at line (source ".repeat(20_000));
    let start = std::time::Instant::now();
    polish(&text);
    polish(&format!("the street could be {}; it is not guessed", "a or ".repeat(100_000)));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "([a-z\"„ż{}();:,]| of | or | and |line | at line |not valid JSON: ){0,20}") {
        polish(&text);
        pieces(&text);
    }
}
