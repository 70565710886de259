//! The search box: one query through everything that has a name or an address.

pub mod place;
mod queries;
mod routes;

pub use routes::routes;

/// Words that say only what kind of street follows; names are written with and without them.
const STREET_KINDS: &[&str] = &["ul", "ulica", "al", "aleja", "pl", "plac", "os", "osiedle"];

/// Most words of a query that are looked at.
const MOST_WORDS: usize = 8;

/// A query as the search understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Query {
    /// Folded words in order.
    words: Vec<String>,
    /// The two longest of them, which choose the candidates; the only one twice.
    longest: [String; 2],
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
        Self::of(words)
    }

    fn of(words: Vec<String>) -> Option<Self> {
        let mut by_length: Vec<&String> = words.iter().collect();
        by_length.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let first = *by_length.first()?;
        let longest = [first.clone(), by_length.get(1).copied().unwrap_or(first).clone()];
        let has_digit = words.iter().any(|word| has_digit(word));
        Some(Self { words, longest, has_digit })
    }

    /// What to look for until something is found, and whether typing errors are forgiven: the words as they are, then
    /// without the numbers among them.
    fn attempts(self) -> impl Iterator<Item = (Self, bool)> {
        let words: Vec<String> = self.words.iter().filter(|word| !has_digit(word)).cloned().collect();
        let plain = if self.has_digit { Self::of(words) } else { None };
        [Some(self), plain].into_iter().flatten().flat_map(|query| [(query.clone(), false), (query, true)])
    }
}

fn has_digit(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_become_words() {
        let query = Query::parse("ul. szeroka 12/3").expect("words");
        assert_eq!(query.words, ["szeroka", "12", "3"]);
        assert_eq!(query.longest, ["szeroka", "12"]);
        assert!(query.has_digit);
        let query = Query::parse("ul.").expect("one word");
        assert_eq!((query.words.as_slice(), query.longest), (&["ul".to_owned()][..], ["ul", "ul"].map(str::to_owned)));
        assert_eq!(Query::parse(" „%_” … "), None);
    }

    #[test]
    fn an_address_is_also_looked_for_without_its_number() {
        let attempts =
            |text| Query::parse(text).expect("words").attempts().map(|(q, f)| (q.words.join(" "), f)).collect();
        let found: Vec<(String, bool)> = attempts("szeroka 12");
        let expected = [("szeroka 12", false), ("szeroka 12", true), ("szeroka", false), ("szeroka", true)];
        assert_eq!(found, expected.map(|(text, forgiving)| (text.to_owned(), forgiving)));
        let found: Vec<(String, bool)> = attempts("12");
        assert_eq!(found.len(), 2);
    }
}
