//! How a loan goes on: its states, and the steps between them.

use super::Kind;

/// How far a loan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Asked for.
    Requested,
    /// Promised; of a gift: chosen.
    Accepted,
    /// Handed over.
    HandedOver,
    /// Brought back.
    Returned,
    /// The owner said no.
    Refused,
    /// Called off by either side.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Requested, Self::Accepted, Self::HandedOver, Self::Returned, Self::Refused, Self::Cancelled];

    /// Its code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Accepted => "accepted",
            Self::HandedOver => "handed_over",
            Self::Returned => "returned",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// True while something is still to be done.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Accepted | Self::HandedOver)
    }
}

/// What one side does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The owner promises the thing; of several who want a gift, chooses this one.
    Accept,
    /// The owner says no.
    Refuse,
    /// The owner hands it over.
    HandOver,
    /// The owner has it back.
    Return,
    /// Either side calls it off.
    Cancel,
    /// The owner lets others have the days that were kept.
    Free,
}

impl Step {
    /// All of them, the usual next one first.
    pub const ALL: [Self; 6] = [Self::Accept, Self::HandOver, Self::Return, Self::Refuse, Self::Cancel, Self::Free];

    /// Its code in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Refuse => "refuse",
            Self::HandOver => "hand_over",
            Self::Return => "return",
            Self::Cancel => "cancel",
            Self::Free => "free",
        }
    }

    /// The step of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.code() == code)
    }

    /// Icon of its button.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Accept => "check",
            Self::HandOver => "repeat",
            Self::Return => "package-check",
            Self::Refuse | Self::Cancel => "x",
            Self::Free => "trash-2",
        }
    }

    /// True for what leads on, false for what ends it.
    pub fn is_forward(self) -> bool {
        matches!(self, Self::Accept | Self::HandOver | Self::Return)
    }

    /// True for a step with which the owner may say something.
    pub fn takes_words(self) -> bool {
        matches!(self, Self::Accept | Self::Refuse)
    }

    /// Where it leads from a state; nothing where it does not begin there.
    pub fn leads(self, kind: Kind, from: State) -> Option<State> {
        match (self, kind, from) {
            (Self::Free, Kind::Keep, _) => Some(State::Cancelled),
            (_, Kind::Keep, _) => None,
            (Self::Accept, _, State::Requested) => Some(State::Accepted),
            (Self::Refuse, _, State::Requested) => Some(State::Refused),
            (Self::HandOver, _, State::Accepted) => Some(State::HandedOver),
            (Self::Return, Kind::Lend, State::HandedOver) => Some(State::Returned),
            (Self::Cancel, _, State::Requested | State::Accepted) => Some(State::Cancelled),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_can_be_reached_and_what_is_over_stays_so() {
        let kinds = [Kind::Lend, Kind::Give];
        for state in State::ALL {
            let next: Vec<State> = Step::ALL.iter().filter_map(|step| step.leads(Kind::Lend, state)).collect();
            assert_eq!(next.is_empty(), !state.is_open(), "{state:?} leads to {next:?}");
            let reached = state == State::Requested
                || State::ALL.iter().any(|from| Step::ALL.iter().any(|s| s.leads(Kind::Lend, *from) == Some(state)));
            assert!(reached, "{state:?}");
            for kind in kinds {
                assert_eq!(Step::Free.leads(kind, state), None);
            }
        }
        assert_eq!(Step::Return.leads(Kind::Give, State::HandedOver), None, "a gift does not come back");
        assert_eq!(Step::Free.leads(Kind::Keep, State::Accepted), Some(State::Cancelled));
    }
}
