//! Numbers, areas, money and dates as people of the page's language write them.
//!
//! Templates call these on `page.lang`. Arguments may be values or references, because templates pass references.

use time::{Date, PrimitiveDateTime};

use super::Lang;

/// A value, or a reference to it or to a reference: what a template has at hand.
pub trait Given<T: Copy> {
    /// The value.
    fn value(&self) -> T;
}

impl<T: Copy> Given<T> for T {
    fn value(&self) -> T {
        *self
    }
}

impl<T: Copy> Given<T> for &T {
    fn value(&self) -> T {
        **self
    }
}

impl<T: Copy> Given<T> for &&T {
    fn value(&self) -> T {
        ***self
    }
}

/// Keeps a number and its unit, and the groups of a number, on one line.
const NO_BREAK: char = '\u{a0}';

const MONTHS_EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Lang {
    /// A number with a fixed count of decimals and its thousands apart: `1 234,50` or `1,234.50`.
    pub fn number(self, value: impl Given<f64>, decimals: usize) -> String {
        let value = value.value();
        let plain = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let (group, point) = match self {
            Self::Pl => (NO_BREAK, ','),
            Self::En => (',', '.'),
        };
        let mut text = String::with_capacity(plain.len() + 4);
        // A value that rounds to nothing has no sign.
        if value < 0.0 && plain.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
            text.push('−');
        }
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                text.push(group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    /// A whole number with its thousands apart: `1 234` or `1,234`.
    pub fn integer(self, value: impl Given<i64>) -> String {
        // Counts of rows stay far below the 2^53 that a double holds exactly.
        #[expect(clippy::cast_precision_loss)]
        self.number(value.value() as f64, 0)
    }

    /// An area in m²: `232,78 m²` or `232.78 m²`.
    pub fn area_m2(self, value: impl Given<f64>) -> String {
        format!("{}{NO_BREAK}m²", self.number(value, 2))
    }

    /// How far it is, as people say it: `350 m`, `1,2 km`.
    pub fn distance(self, metres: f64) -> String {
        if metres < 950.0 {
            format!("{}{NO_BREAK}m", self.number((metres / 50.0).round() * 50.0, 0))
        } else {
            format!("{}{NO_BREAK}km", self.number(metres / 1000.0, 1))
        }
    }

    /// A sum in PLN: `1 234,50 zł` or `PLN 1,234.50`.
    pub fn money_pln(self, value: impl Given<f64>) -> String {
        let number = self.number(value, 2);
        match self {
            Self::Pl => format!("{number}{NO_BREAK}zł"),
            Self::En => format!("PLN{NO_BREAK}{number}"),
        }
    }

    /// A day: `21.11.2026` or `21 Nov 2026`.
    pub fn date(self, value: impl Given<Date>) -> String {
        let (year, month, day) = value.value().to_calendar_date();
        match self {
            Self::Pl => format!("{day:02}.{:02}.{year}", u8::from(month)),
            Self::En => {
                format!("{day}{NO_BREAK}{}{NO_BREAK}{year}", MONTHS_EN[usize::from(u8::from(month)) - 1])
            }
        }
    }
}

impl Lang {
    /// A day and time, Polish time (the connection's, so `…::timestamp` in SQL): `21.11.2026, 14:05`.
    pub fn moment(self, value: impl Given<PrimitiveDateTime>) -> String {
        let value = value.value();
        format!("{}, {:02}:{:02}", self.date(value.date()), value.hour(), value.minute())
    }
}

/// A day for `<time datetime>`, JSON and web addresses: `2026-11-21`.
pub fn iso_date(value: impl Given<Date>) -> String {
    let (year, month, day) = value.value().to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

/// Reads a day written as `2026-11-21`.
pub fn parse_iso_date(text: &str) -> Option<Date> {
    // Without the length, years with a sign would be taken too, and with them days that the database does not know.
    let date = Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).ok();
    date.filter(|_| text.len() == "2026-11-21".len())
}

/// Plain text as paragraphs: empty lines part them.
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        match (line.trim(), paragraphs.last_mut()) {
            ("", _) => paragraphs.push(String::new()),
            (line, Some(last)) => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(line);
            }
            (_, None) => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn numbers_as_in_poland_and_england() {
        assert_eq!(Lang::Pl.money_pln(1234.5), "1\u{a0}234,50\u{a0}zł");
        assert_eq!(Lang::En.money_pln(1_234_567.0), "PLN\u{a0}1,234,567.00");
        assert_eq!(Lang::Pl.area_m2(37.8), "37,80\u{a0}m²");
        assert_eq!(Lang::Pl.distance(333.0), "350\u{a0}m");
        assert_eq!(Lang::Pl.distance(1249.0), "1,2\u{a0}km");
        assert_eq!(Lang::Pl.integer(208), "208");
        assert_eq!(Lang::Pl.integer(1200), "1\u{a0}200");
        assert_eq!(Lang::En.number(-0.001, 2), "0.00");
        assert_eq!(Lang::Pl.number(-1.5, 1), "−1,5");
    }

    #[test]
    fn days() {
        assert_eq!(Lang::Pl.date(date!(2026 - 03 - 01)), "01.03.2026");
        assert_eq!(Lang::En.date(date!(2026 - 11 - 21)), "21\u{a0}Nov\u{a0}2026");
        assert_eq!(Lang::Pl.moment(time::macros::datetime!(2026-03-01 9:05)), "01.03.2026, 09:05");
        assert_eq!(iso_date(date!(2026 - 03 - 01)), "2026-03-01");
        assert_eq!((parse_iso_date("2026-02-30"), parse_iso_date("-2026-02-28")), (None, None));
        assert_eq!(parse_iso_date("2026-02-28"), Some(date!(2026 - 02 - 28)));
    }

    #[test]
    fn empty_lines_part_paragraphs() {
        assert_eq!(paragraphs("a\nb\n\n \nc\n"), ["a b", "c"]);
        assert!(paragraphs("").is_empty());
    }
}
