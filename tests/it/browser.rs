//! A browser without scripts: keeps cookies, reads forms, fills them in.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Request, StatusCode, header};
use pestor::access::Role;
use pestor::access::tokens::{self, Cookie};

use crate::support::{Answer, Site};

/// Somebody with a browser.
pub struct Browser<'a> {
    site: &'a Site,
    cookies: Vec<(String, String)>,
    /// Token of the last form that was seen.
    pub csrf: String,
}

impl Site {
    /// A browser that has never been here.
    pub fn browser(&self) -> Browser<'_> {
        Browser { site: self, cookies: Vec::new(), csrf: String::new() }
    }

    /// A new account; `office` is the municipality of an official or administrator.
    pub async fn account(&self, role: Role, email: &str, office: Option<i64>) -> i64 {
        sqlx::query_scalar(
            "insert into account (email, name, role, municipality_id, unit_name) values ($1, $2, $3, $4, $5) returning id",
        )
        .bind(email)
        .bind(format!("{} ({})", email.split('@').next().unwrap_or_default(), role.code()))
        .bind(role.code())
        .bind(office)
        .bind(if role == Role::Official { "Wydział Komunikacji Społecznej" } else { "" })
        .fetch_one(&self.app.pool)
        .await
        .expect("a new account")
    }

    /// The browser of an account that is signed in, second factor and all.
    pub async fn signed_in(&self, account_id: i64) -> Browser<'_> {
        let role: String = sqlx::query_scalar("select role from account where id = $1")
            .bind(account_id)
            .fetch_one(&self.app.pool)
            .await
            .expect("the account");
        let role = Role::from_code(&role).expect("a role");
        let mut connection = self.app.pool.acquire().await.expect("a connection");
        let token = pestor::accounts::queries::begin_session(&mut connection, account_id, role, true, "", None)
            .await
            .expect("a session");
        let mut browser = self.browser();
        browser.csrf = tokens::csrf(&token);
        browser.cookies.push((Cookie::Session.name(&self.app.config).to_owned(), token));
        browser
    }

    /// Makes an account a representative of an organisation.
    pub async fn represents(&self, account_id: i64, organisation_slug: &str) {
        sqlx::query(
            "insert into representative (account_id, organisation_id) select $1, id from organisation where slug = $2",
        )
        .bind(account_id)
        .bind(organisation_slug)
        .execute(&self.app.pool)
        .await
        .expect("a representative");
    }
}

impl Browser<'_> {
    /// Opens a page; redirects are not followed.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).expect("request");
        self.send(request).await
    }

    /// Opens a page and follows redirects.
    pub async fn follow(&mut self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        for _ in 0..5 {
            if !answer.status.is_redirection() {
                break;
            }
            let next = answer.header("location").to_owned();
            answer = self.get(&next).await;
        }
        answer
    }

    /// Sends a form with the token that this browser knows.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.post_exactly(path, &fields, &[]).await
    }

    /// Sends exactly these fields, with further headers.
    pub async fn post_exactly(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&'static str, &str)],
    ) -> Answer {
        let body = serde_urlencoded(fields);
        let mut request = Request::post(path).body(Body::from(body)).expect("request");
        let usual = [("content-type", "application/x-www-form-urlencoded")];
        for (name, value) in usual.iter().chain(headers) {
            request.headers_mut().insert(HeaderName::from_static(name), value.parse().expect("a header"));
        }
        self.send(request).await
    }

    /// Sends a form with files: field, file name, content.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        let edge = "----------------pestor-test";
        let mut body = Vec::new();
        let csrf = self.csrf.clone();
        for (name, value) in fields.iter().copied().chain([("csrf", csrf.as_str())]) {
            let head = format!("--{edge}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(head.as_bytes());
        }
        for (name, file, content) in files {
            let head = format!(
                "--{edge}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{edge}--\r\n").as_bytes());
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={edge}"))
            .body(Body::from(body));
        self.send(request.expect("request")).await
    }

    async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let headers: &mut HeaderMap = request.headers_mut();
        headers.insert(header::HOST, "pestor.test".parse().expect("a host"));
        headers.entry(header::ACCEPT).or_insert("text/html".parse().expect("a type"));
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.insert(header::COOKIE, cookies.join("; ").parse().expect("cookies"));
        }
        let answer = self.site.answer(request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().expect("a value");
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        if answer.header("content-type").starts_with("text/html") {
            let text = answer.text();
            if let Some(token) = hidden(&text, "csrf") {
                self.csrf = token;
            }
        }
        answer
    }

    /// The value of a cookie that it has.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets a cookie, as an attacker might.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.retain(|(known, _)| known != name);
        self.cookies.push((name.to_owned(), value.to_owned()));
    }
}

/// The value of a hidden field of a page.
pub fn hidden(text: &str, name: &str) -> Option<String> {
    let rest = text.split(&format!("name=\"{name}\" value=\"")).nth(1)?;
    Some(rest.split('"').next().unwrap_or_default().to_owned())
}

fn serde_urlencoded(fields: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(fields);
    text.finish()
}

impl Answer {
    /// Sees to it that it leads elsewhere; where.
    pub fn leads(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.header("location")
    }
}
