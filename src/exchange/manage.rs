//! What those whose thing it is, and officials, can do with it: its state in words, what to do next, and the buttons for it.

use crate::access::Post;
use crate::error::{Error, Result};
use crate::web::{Badge, Page};

/// Overview of everything that somebody has on the exchange.
pub const DESK: &str = "/panel/gielda";

/// Whoever looks at a thing or changes it, as far as its states are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hand {
    /// It is theirs: they act for who posted it.
    pub owner: bool,
    /// An official of its municipality.
    pub office: bool,
}

/// A change of state as a button.
#[derive(Debug, Clone)]
pub struct Action {
    /// Value of the field `do`.
    pub value: &'static str,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// A verb.
    pub label: String,
    /// True for what one most likely wants.
    pub main: bool,
}

/// The bar above a thing for those who may change it, and its row in the overview.
#[derive(Debug, Clone)]
pub struct Manage {
    /// Path of the thing: `/oferty/chleb`.
    pub path: String,
    /// Its state.
    pub badge: Badge,
    /// What that means and what to do next.
    pub note: String,
    /// True while it can be edited.
    pub editable: bool,
    /// What can be done.
    pub actions: Vec<Action>,
}

impl Manage {
    /// For a thing of a kind (`offer`, `demand`, `equipment`) in this state; `can` are the values of `do` that its rules allow now.
    /// Words are `{kind}-state-{state}`, `{kind}-state-{state}-note` and `do-{value}`.
    pub fn new(page: &Page, kind: &str, path: String, state: &str, can: &[&'static str], editable: bool) -> Self {
        let action = |(place, value): (usize, &&'static str)| Action {
            value,
            icon: icon(value),
            label: page.code("do", value),
            main: place == 0 && *value == "publish",
        };
        Self {
            path,
            badge: badge(page, kind, state),
            note: page.t(&format!("{kind}-state-{state}-note")),
            editable,
            actions: can.iter().enumerate().map(action).collect(),
        }
    }
}

/// A state as a badge.
pub fn badge(page: &Page, kind: &str, state: &str) -> Badge {
    let (icon, class) = match state {
        "draft" => ("pencil", "status status-reserved"),
        "pending" => ("clock", "status status-open"),
        "published" | "open" => ("eye", "status status-free"),
        "answered" => ("message-square", "status status-free"),
        "settled" => ("circle-check", "status status-closed"),
        "hidden" => ("eye-off", "status status-reserved"),
        "closed" => ("lock", "status status-closed"),
        _ => ("archive", "status status-closed"),
    };
    Badge::new(icon, page.t(&format!("{kind}-state-{state}"))).class(class)
}

fn icon(value: &str) -> &'static str {
    match value {
        "publish" => "send",
        "archive" => "archive",
        "answered" => "message-square",
        "settle" => "circle-check",
        "withdraw" => "ban",
        "hide" => "eye-off",
        "show" => "eye",
        "delete" => "trash-2",
        _ => "undo-2",
    }
}

/// Where a change of state leads back to: the overview where it was pressed there, else the thing.
pub fn back<'a>(post: &Post, path: &'a str) -> &'a str {
    if post.form.value("dalej") == DESK { DESK } else { path }
}

/// The key that makes a form sent twice count once.
///
/// # Errors
/// The form has none of ours.
pub fn form_key(post: &Post) -> Result<&str> {
    let key = post.form.value("form_key");
    let ours = key.len() == 43 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if ours { Ok(key) } else { Err(Error::BadForm("the form has no key of ours (form_key)".to_owned())) }
}
