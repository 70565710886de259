//! The list of routes: a handler gets an address only together with the rule of who may call it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::response::Response;

use super::guard::Post;
use super::{Listed, Rule};
use crate::app::App;
use crate::error::Result;

/// Routes with their rules.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    listed: Vec<Listed>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page or document that changes nothing.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, rule: Rule, handler: H) -> Self {
        self.add(Method::GET, path, rule, axum::routing::get(handler))
    }

    /// A form. The handler sees it only when the request came from a page of ours (origin, token) and the rule holds.
    #[must_use]
    pub fn post<F, Answer>(self, path: &'static str, rule: Rule, handler: F) -> Self
    where
        F: Fn(Post) -> Answer + Clone + Send + Sync + 'static,
        Answer: Future<Output = Result<Response>> + Send,
    {
        let answer = async move |State(app): State<App>, request: Request| -> Result<Response> {
            let post = Post::read(app, request).await?;
            handler(post).await
        };
        self.add(Method::POST, path, rule, axum::routing::post(answer))
    }

    /// A call by a program that has no page of ours: its path carries the secret that allows it.
    #[must_use]
    pub fn post_by_link<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(Method::POST, path, Rule::OPEN, axum::routing::post(handler))
    }

    #[allow(clippy::disallowed_methods, reason = "the one place where routes are made")]
    fn add(mut self, method: Method, path: &'static str, rule: Rule, answer: axum::routing::MethodRouter<App>) -> Self {
        self.router = self.router.route(path, answer);
        self.listed.push(Listed { method, path, rule });
        self
    }

    /// These and others.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.listed.extend(other.listed);
        self
    }

    /// The same routes with a layer around them.
    #[must_use]
    pub fn around(mut self, layer: impl FnOnce(Router<App>) -> Router<App>) -> Self {
        self.router = layer(self.router);
        self
    }

    /// Router and list.
    pub fn into_parts(self) -> (Router<App>, Vec<Listed>) {
        (self.router, self.listed)
    }
}

/// Rules by method and path, for the guard.
#[derive(Clone)]
pub struct Rules(Arc<HashMap<(Method, &'static str), Rule>>);

impl Rules {
    /// The rules of a list.
    pub fn new(listed: &[Listed]) -> Self {
        Self(Arc::new(listed.iter().map(|one| ((one.method.clone(), one.path), one.rule)).collect()))
    }

    /// The rule of a route. `HEAD` is a `GET` without its body.
    pub fn of(&self, method: &Method, path: &str) -> Option<Rule> {
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        // The key borrows for as long as the table lives; a path of the router does.
        self.0.iter().find(|((m, p), _)| *m == method && *p == path).map(|(_, rule)| *rule)
    }
}
