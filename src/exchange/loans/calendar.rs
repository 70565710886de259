//! Months with what is free on each day; pure.

use time::{Date, Duration, Month as MonthName};

/// Pieces that are promised, handed out or kept on some days.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// How many.
    pub pieces: i64,
}

/// What can be had on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Free {
    /// The day is over.
    Past,
    /// All pieces.
    All,
    /// So many of them.
    Some(i64),
    /// Nothing.
    None,
}

impl Free {
    /// Code for words and colour: `past`, `all`, `some`, `none`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::All => "all",
            Self::Some(_) => "some",
            Self::None => "none",
        }
    }
}

/// A day of a month.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// What can be had.
    pub free: Free,
    /// True for today.
    pub today: bool,
}

/// A month, week by week from Monday; days of other months are empty.
#[derive(Debug, Clone)]
pub struct Month {
    /// Its first day.
    pub first: Date,
    /// Its weeks.
    pub weeks: Vec<[Option<Day>; 7]>,
}

impl Month {
    /// Key of its name: `month-11`.
    pub fn key(&self) -> String {
        format!("month-{}", u8::from(self.first.month()))
    }
}

/// The first day of a day's month.
pub fn month_of(day: Date) -> Date {
    day.replace_day(1).unwrap_or(day)
}

/// The first day of the month so many months later.
pub fn later(first: Date, months: i32) -> Date {
    let count = first.year() * 12 + i32::from(u8::from(first.month())) - 1 + months;
    let month = u8::try_from(count.rem_euclid(12) + 1).ok().and_then(|month| MonthName::try_from(month).ok());
    month.and_then(|month| Date::from_calendar_date(count.div_euclid(12), month, 1).ok()).unwrap_or(first)
}

/// So many months from the one that begins on `first`.
pub fn months(first: Date, count: i32, today: Date, quantity: i64, taken: &[Taken]) -> Vec<Month> {
    (0..count).map(|n| month(later(first, n), today, quantity, taken)).collect()
}

fn month(first: Date, today: Date, quantity: i64, taken: &[Taken]) -> Month {
    let mut weeks = Vec::new();
    let mut week = [None; 7];
    let days = first.month().length(first.year());
    for offset in 0..i64::from(days) {
        let date = first + Duration::days(offset);
        let out: i64 = taken.iter().filter(|t| t.first <= date && date <= t.last).map(|t| t.pieces).sum();
        let free = match quantity - out {
            _ if date < today => Free::Past,
            left if left <= 0 => Free::None,
            left if left < quantity => Free::Some(left),
            _ => Free::All,
        };
        let column = usize::from(date.weekday().number_days_from_monday());
        week[column] = Some(Day { date, free, today: date == today });
        if column == 6 || offset == i64::from(days) - 1 {
            weeks.push(std::mem::replace(&mut week, [None; 7]));
        }
    }
    Month { first, weeks }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn free(months: &[Month], wanted: Date) -> Free {
        let mut days = months.iter().flat_map(|month| &month.weeks).flatten().flatten();
        days.find(|day| day.date == wanted).expect("the day is there").free
    }

    #[test]
    fn months_follow_each_other_through_the_year() {
        assert_eq!(later(date!(2026 - 11 - 01), 1), date!(2026 - 12 - 01));
        assert_eq!(later(date!(2026 - 11 - 01), 14), date!(2028 - 01 - 01));
        assert_eq!(later(date!(2026 - 01 - 01), -1), date!(2025 - 12 - 01));
        let months = months(date!(2027 - 12 - 01), 3, date!(2027 - 12 - 30), 1, &[]);
        let count = |month: &Month| month.weeks.iter().flatten().flatten().count();
        assert_eq!(months.iter().map(count).collect::<Vec<_>>(), [31, 31, 29], "2028 has a leap day");
        // 1 December 2027 is a Wednesday.
        assert!(months[0].weeks[0][1].is_none());
        assert_eq!(months[0].weeks[0][2].map(|day| day.date), Some(date!(2027 - 12 - 01)));
    }

    #[test]
    fn pieces_that_are_out_on_a_day_add_up() {
        let today = date!(2026 - 11 - 10);
        let taken = |first, last, pieces| Taken { first, last, pieces };
        let out = [
            taken(date!(2026 - 11 - 01), date!(2026 - 11 - 12), 1),
            taken(date!(2026 - 11 - 12), date!(2026 - 11 - 14), 2),
        ];
        let months = months(date!(2026 - 11 - 01), 1, today, 3, &out);
        assert_eq!(free(&months, date!(2026 - 11 - 09)), Free::Past);
        assert_eq!(free(&months, today), Free::Some(2));
        assert_eq!(free(&months, date!(2026 - 11 - 12)), Free::None);
        assert_eq!(free(&months, date!(2026 - 11 - 14)), Free::Some(1));
        assert_eq!(free(&months, date!(2026 - 11 - 15)), Free::All);
    }
}
