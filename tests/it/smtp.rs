//! A small mail server for the tests: it holds real conversations, keeps what it was given, and misbehaves when told to.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use lettre::message::Mailbox;
use pestor::config::Config;
use pestor::mail::Mail;
use pestor::mail::settings::{Delivery, Server, Tls};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A point of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The connection stands.
    Greeting,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`.
    Data,
    /// The mail has been said, the server's answer is awaited.
    End,
}

/// What to do there instead of saying yes.
#[derive(Debug, Clone, Copy)]
pub enum Do {
    /// Answer something else; the mail is not taken.
    Answer(&'static str),
    /// Say nothing more; the mail is not taken.
    Hang,
    /// Take the mail (at the end), and close the connection without a word.
    Drop,
}

#[derive(Default)]
struct State {
    messages: Mutex<Vec<Message>>,
    behaviour: Mutex<Option<(At, Do)>>,
    connections: AtomicUsize,
    hanging: AtomicUsize,
}

impl State {
    fn at(&self, at: At) -> Option<Do> {
        let behaviour = *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner);
        behaviour.filter(|(where_to, _)| *where_to == at).map(|(_, what)| what)
    }
}

/// A mail server on a port of this machine; it ends when it is dropped.
pub struct Smtp {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Smtp {
    /// Starts one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State::default());
        let shared = state.clone();
        let task = tokio::spawn(async move {
            // Conversations end with the server.
            let mut conversations = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let state = shared.clone();
                state.connections.fetch_add(1, Ordering::Relaxed);
                conversations.spawn(async move { converse(stream, &state).await.ok() });
            }
        });
        Self { address, state, task }
    }

    /// Settings that send mails here.
    pub fn mail(&self) -> Mail {
        let from: Mailbox = "PES-TOR <pes-tor@demo.test>".parse().expect("a mailbox");
        let host = self.address.ip().to_string();
        let server = Server { host, port: self.address.port(), tls: Tls::None, credentials: None };
        Mail { from, delivery: Delivery::Smtp(server) }
    }

    /// A configuration whose mails come here.
    pub fn configure(&self, config: Config) -> Config {
        Config { mail: self.mail(), ..config }
    }

    /// From now on, does this there.
    pub fn misbehave(&self, at: At, what: Do) {
        *self.state.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, what));
    }

    /// From now on, says yes again.
    pub fn behave(&self) {
        *self.state.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// How many conversations hang, or did until the client left.
    pub fn hanging(&self) -> usize {
        self.state.hanging.load(Ordering::Relaxed)
    }

    /// What has come so far.
    pub fn messages(&self) -> Vec<Message> {
        self.state.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What has come so far for somebody.
    pub fn to(&self, recipient: &str) -> Vec<Message> {
        self.messages().into_iter().filter(|message| message.to == recipient).collect()
    }

    /// The newest mail for somebody, as soon as there is one.
    pub async fn wait_for(&self, recipient: &str) -> Message {
        self.wait_for_nth(recipient, 1).await
    }

    /// The n-th mail for somebody, as soon as there is one. The newest of them.
    pub async fn wait_for_nth(&self, recipient: &str, n: usize) -> Message {
        let start = Instant::now();
        loop {
            let mut found = self.to(recipient);
            if found.len() >= n {
                return found.pop().expect("one at least");
            }
            assert!(start.elapsed() < Duration::from_secs(30), "no mail for {recipient}, only {:?}", self.messages());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// One connection, until the client leaves.
async fn converse(stream: TcpStream, state: &State) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let (mut from, mut to) = (String::new(), String::new());
    if !answer(&mut write, state, At::Greeting, "220 mail.test ESMTP").await? {
        return Ok(());
    }
    loop {
        let Some(line) = next_line(&mut lines).await? else { return Ok(()) };
        let line = String::from_utf8_lossy(&line).into_owned();
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let goes_on = match command.as_str() {
            "EHLO" => say(&mut write, "250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8").await?,
            "MAIL" => {
                from = inside(&line);
                answer(&mut write, state, At::Mail, "250 2.1.0 Ok").await?
            }
            "RCPT" => {
                to = inside(&line);
                answer(&mut write, state, At::Rcpt, "250 2.1.5 Ok").await?
            }
            "DATA" => match answer(&mut write, state, At::Data, "354 End data with <CR><LF>.<CR><LF>").await? {
                true if state.at(At::Data).is_none() => {
                    let mut raw = Vec::new();
                    loop {
                        let Some(line) = next_line(&mut lines).await? else { return Ok(()) };
                        if line == b"." {
                            break;
                        }
                        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                        raw.extend_from_slice(b"\r\n");
                    }
                    if !matches!(state.at(At::End), Some(Do::Answer(_) | Do::Hang)) {
                        let message = Message::new(from.clone(), to.clone(), raw);
                        state.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message);
                    }
                    answer(&mut write, state, At::End, "250 2.0.0 Ok: queued").await?
                }
                goes_on => goes_on,
            },
            "RSET" | "NOOP" => say(&mut write, "250 2.0.0 Ok").await?,
            "QUIT" => {
                say(&mut write, "221 2.0.0 Bye").await?;
                return Ok(());
            }
            _ => say(&mut write, "502 5.5.2 Command not recognized").await?,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

/// A line without its end, which must be CR LF (RFC 5321 section 2.3.8).
async fn next_line(lines: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if lines.read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    let content = line.strip_suffix(b"\r\n");
    Ok(content.filter(|line| !line.contains(&b'\r') && !line.contains(&0)).map(<[u8]>::to_vec))
}

async fn say(write: &mut (impl AsyncWriteExt + Unpin), text: &str) -> std::io::Result<bool> {
    write.write_all(format!("{text}\r\n").as_bytes()).await?;
    Ok(true)
}

/// Says yes, or does what it was told to; false where the connection ends.
async fn answer(write: &mut (impl AsyncWriteExt + Unpin), state: &State, at: At, yes: &str) -> std::io::Result<bool> {
    match state.at(at) {
        None => say(write, yes).await,
        Some(Do::Answer(text)) => say(write, text).await,
        Some(Do::Drop) => Ok(false),
        Some(Do::Hang) => {
            state.hanging.fetch_add(1, Ordering::Relaxed);
            std::future::pending().await
        }
    }
}

/// What stands in the angle brackets of a command.
fn inside(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.rsplit_once('>'))
        .map_or(String::new(), |(inside, _)| inside.to_owned())
}

/// A mail as it came.
#[derive(Debug, Clone)]
pub struct Message {
    /// Who said it was from whom (`MAIL FROM`).
    pub from: String,
    /// For whom it is (`RCPT TO`).
    pub to: String,
    /// Its headers, unfolded and decoded.
    pub headers: Vec<(String, String)>,
    /// Its plain text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// All of it.
    pub raw: Vec<u8>,
}

impl Message {
    /// A mail that was read from somewhere.
    pub fn new(from: String, to: String, raw: Vec<u8>) -> Self {
        let (headers, body) = entity(&raw);
        let (mut text, mut html) = (String::new(), String::new());
        let kind = header(&headers, "content-type");
        match kind.split_once("boundary=") {
            Some((_, boundary)) => {
                let boundary = boundary.trim_matches('"').split('"').next().expect("a boundary");
                for part in body.split(&format!("--{boundary}")).skip(1).take_while(|part| !part.starts_with("--")) {
                    let (headers, body) = entity(part.trim_start_matches("\r\n").as_bytes());
                    let into =
                        if header(&headers, "content-type").starts_with("text/html") { &mut html } else { &mut text };
                    *into = decode(&headers, body.strip_suffix("\r\n").unwrap_or(&body));
                }
            }
            None => text = decode(&headers, &body),
        }
        Self { from, to, headers, text, html, raw }
    }

    /// A header that is there at most once, empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        let count = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).count();
        assert!(count < 2, "{name} is there {count} times: {:?}", self.headers);
        header(&self.headers, name)
    }

    /// Where the links of its HTML lead.
    pub fn links(&self) -> Vec<String> {
        let quoted = self.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        quoted.map(|url| url.replace("&#38;", "&").replace("&amp;", "&")).collect()
    }

    /// The first link that begins so.
    pub fn link(&self, begins: &str) -> String {
        let links = self.links();
        links.iter().find(|url| url.starts_with(begins)).unwrap_or_else(|| panic!("no {begins} in {links:?}")).clone()
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

/// Headers, and the rest as text.
fn entity(raw: &[u8]) -> (Vec<(String, String)>, String) {
    let raw = String::from_utf8(raw.to_vec()).expect("UTF-8");
    let (head, body) = raw.split_once("\r\n\r\n").expect("an empty line behind the headers");
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", "\t");
    let headers = unfolded.split("\r\n").map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no header: {line}"));
        (name.to_owned(), words(value))
    });
    (headers.collect(), body.to_owned())
}

/// Undoes the encoding of header words (RFC 2047), of which UTF-8 in base64 and quoted-printable are known.
fn words(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value;
    while let Some((before, word)) = rest.split_once("=?") {
        // White space between two encoded words belongs to neither.
        if bytes.is_empty() || !before.trim().is_empty() {
            bytes.extend(before.as_bytes());
        }
        let mut parts = word.splitn(3, '?');
        let (charset, encoding) = (parts.next().expect("a charset"), parts.next().expect("an encoding"));
        let (text, after) = parts.next().and_then(|rest| rest.split_once("?=")).expect("an end");
        assert!(charset.eq_ignore_ascii_case("utf-8"), "{charset}");
        bytes.extend(match encoding {
            "b" | "B" => BASE64.decode(text.as_bytes()).expect("base64"),
            _ => quoted_printable(&text.replace('_', " ")),
        });
        rest = after;
    }
    bytes.extend(rest.as_bytes());
    String::from_utf8(bytes).expect("UTF-8")
}

/// A part's text, by its transfer encoding.
fn decode(headers: &[(String, String)], body: &str) -> String {
    let bytes = match header(headers, "content-transfer-encoding") {
        "quoted-printable" => quoted_printable(body),
        "base64" => BASE64.decode(body.replace("\r\n", "").as_bytes()).expect("base64"),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
}

/// Undoes quoted-printable (RFC 2045 section 6.7).
fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'=', [b'\r', b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) => {
                let code = [*high, *low];
                let code = std::str::from_utf8(&code).expect("a code");
                bytes.push(u8::from_str_radix(code, 16).unwrap_or_else(|_| panic!("={code} is no code")));
                after
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    bytes
}
