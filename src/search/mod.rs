//! The search box: one query through everything that has a name or an address.

mod queries;
mod routes;

pub use routes::routes;

/// Words that say only what kind of street follows; names are written with and without them.
const STREET_KINDS: &[&str] = &["ul", "ulica", "al", "aleja", "pl", "plac", "os", "osiedle"];

/// Most words of a query that are looked at.
const MOST_WORDS: usize = 8;

/// A query as the search understands it.
#[derive(Debug, PartialEq, Eq)]
struct Query {
    /// Folded words in order.
    words: Vec<String>,
    /// The longest of them, which chooses the candidates.
    longest: String,
    /// One of them has a digit, so that it may be an address.
    has_digit: bool,
}

impl Query {
    /// Splits text that is folded already; nothing is left of a text without letters and digits.
    fn parse(folded: &str) -> Option<Self> {
        let all = || folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let mut words: Vec<String> =
            all().filter(|word| !STREET_KINDS.contains(word)).take(MOST_WORDS).map(str::to_owned).collect();
        if words.is_empty() {
            words = all().take(MOST_WORDS).map(str::to_owned).collect();
        }
        let longest = words.iter().max_by_key(|word| word.chars().count())?.clone();
        let has_digit = words.iter().any(|word| word.contains(|c: char| c.is_ascii_digit()));
        Some(Self { words, longest, has_digit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_become_words() {
        let query = Query::parse("ul. szeroka 12/3").expect("words");
        assert_eq!(query.words, ["szeroka", "12", "3"]);
        assert_eq!((query.longest.as_str(), query.has_digit), ("szeroka", true));
        assert_eq!(Query::parse("ul.").expect("one word").words, ["ul"]);
        assert_eq!(Query::parse(" „%_” … "), None);
    }
}
