//! The search box: one query through everything that has a name or an address.

pub mod place;
mod queries;
mod routes;

pub use routes::routes;

/// Words that say only what kind of street follows; names are written with and without them.
const STREET_KINDS: &[&str] = &["ul", "ulica", "al", "aleja", "pl", "plac", "os", "osiedle"];

/// Words before the number of a flat.
const UNIT_WORDS: &[&str] = &["m", "lok", "lokal", "mieszkanie"];

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
    /// The house number among them, as addresses are compared; empty where there is none.
    number: String,
    /// The two longest of the others, which choose streets.
    street: [String; 2],
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
        // "12 a" is one number. The first word may be part of the street's name: "3 Maja".
        if let Some(at) = words.iter().skip(1).position(|word| is_number(word)).map(|at| at + 1)
            && let Some(next) = words.get(at + 1)
            && next.chars().count() == 1
            && next.chars().all(char::is_alphabetic)
            && words[at].chars().all(|c| c.is_ascii_digit())
        {
            let letter = words.remove(at + 1);
            words[at].push_str(&letter);
        }
        Self::of(words)
    }

    fn of(words: Vec<String>) -> Option<Self> {
        let longest = two_longest(&words)?;
        let has_digit = words.iter().any(|word| has_digit(word));
        let at = words.iter().skip(1).position(|word| is_number(word)).map(|at| at + 1);
        let number = at.and_then(|at| words.get(at)).cloned().unwrap_or_default();
        let others: Vec<String> = words
            .iter()
            .enumerate()
            .filter(|(i, word)| Some(*i) != at && !(at.is_some_and(|at| *i > at) && is_number(word)))
            .map(|(_, word)| word.clone())
            .collect();
        let street = two_longest(&others).unwrap_or_default();
        Some(Self { words, longest, has_digit, number, street })
    }

    /// What to look for until something is found, and whether typing errors are forgiven: the words as they are, then
    /// without the number of a flat, then without any numbers.
    fn attempts(self) -> impl Iterator<Item = (Self, bool)> {
        let at = self.words.iter().position(|word| *word == self.number);
        let building: Vec<String> = self
            .words
            .iter()
            .enumerate()
            .filter(|(i, word)| {
                at.is_none_or(|at| *i <= at || !(has_digit(word) || UNIT_WORDS.contains(&word.as_str())))
            })
            .map(|(_, word)| word.clone())
            .collect();
        let building = if building.len() < self.words.len() { Self::of(building) } else { None };
        let words: Vec<String> = self.words.iter().filter(|word| !has_digit(word)).cloned().collect();
        let plain = if self.has_digit { Self::of(words) } else { None };
        [Some(self), building, plain].into_iter().flatten().flat_map(|query| [(query.clone(), false), (query, true)])
    }
}

fn two_longest(words: &[String]) -> Option<[String; 2]> {
    let mut by_length: Vec<&String> = words.iter().collect();
    by_length.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    let first = *by_length.first()?;
    Some([first.clone(), by_length.get(1).copied().unwrap_or(first).clone()])
}

/// A house number: digits, and at most two letters after them.
fn is_number(word: &str) -> bool {
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
    letters.len() < word.len() && letters.len() <= 2 && letters.bytes().all(|byte| byte.is_ascii_lowercase())
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
        let found: Vec<(String, bool)> = attempts("szeroka 12a m. 3, torun");
        let exact: Vec<&str> =
            found.iter().filter(|(_, forgiving)| !forgiving).map(|(text, _)| text.as_str()).collect();
        assert_eq!(exact, ["szeroka 12a m 3 torun", "szeroka 12a torun", "szeroka m torun"]);
    }

    #[test]
    fn the_house_number_is_known_from_the_name_of_the_street() {
        for (text, number, street) in [
            ("szeroka 12", "12", ["szeroka", "szeroka"]),
            ("ul. szeroka 12 a", "12a", ["szeroka", "szeroka"]),
            ("3 maja 5", "5", ["maja", "3"]),
            ("11 listopada", "", ["listopada", "11"]),
            ("torun, szeroka 12/3", "12", ["szeroka", "torun"]),
            ("12", "", ["12", "12"]),
        ] {
            let query = Query::parse(text).expect("words");
            assert_eq!((query.number.as_str(), query.street), (number, street.map(str::to_owned)), "{text}");
        }
    }
}
