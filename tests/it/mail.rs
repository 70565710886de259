//! Mails: from the outbox through a real conversation with a mail server, with senders that die and servers that misbehave.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lettre::message::Mailbox;
use pestor::app::App;
use pestor::db;
use pestor::mail::settings::{Delivery, Tls};
use pestor::mail::{self, Item, Letter, Part, queries};
use pestor::web::i18n::Lang;
use sqlx::Connection;
use tokio::process::Command;

use crate::smtp::{At, Do, Message, Smtp};
use crate::support::{self, Sender, empty_config};

/// A mail server, and the state of a site whose mails go there. Nothing is sent until a sender is started.
struct Post {
    smtp: Smtp,
    app: App,
}

fn short(subject: &str) -> Letter {
    Letter {
        lang: Lang::Pl,
        subject: subject.to_owned(),
        parts: vec![Part::Text("Dzień dobry.".to_owned())],
        reason: "Masz u nas konto.".to_owned(),
        unsubscribe_url: None,
    }
}

impl Post {
    async fn new() -> Self {
        let smtp = Smtp::start().await;
        let config = smtp.configure(empty_config().await);
        let pool = db::pool(db::options(&config.database_url).expect("options"));
        Self { smtp, app: App::new(config, pool) }
    }

    async fn enqueue(&self, to: &str, letter: &Letter, key: Option<&str>) {
        let mut transaction = self.app.pool.begin().await.expect("a transaction");
        mail::enqueue(&mut transaction, &self.app.config.mail, to, letter, key).await.expect("enqueued");
        transaction.commit().await.expect("committed");
    }

    async fn sql(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(&self.app.pool).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    async fn is(&self, condition: &'static str) -> bool {
        let holds: Option<bool> = sqlx::query_scalar(condition).fetch_one(&self.app.pool).await.expect(condition);
        holds.unwrap_or(false)
    }

    async fn until(&self, condition: &'static str) {
        let start = Instant::now();
        while !self.is(condition).await {
            assert!(start.elapsed() < Duration::from_secs(30), "waited in vain until {condition}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn until_hanging(&self, n: usize) {
        let start = Instant::now();
        while self.smtp.hanging() < n {
            assert!(start.elapsed() < Duration::from_secs(30), "no conversation hangs");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

const ALL_SENT: &str = "select bool_and(sent_at is not null) from mail_outbox";

fn example(lang: Lang) -> Letter {
    let (subject, text, button, title, more, quote, reason) = match lang {
        Lang::Pl => (
            "Nowe zapotrzebowanie: catering na konferencję „Ekonomia społeczna w Toruniu – źdźbło, żółć i łąka”",
            "Dzień dobry,\n\nurząd szuka cateringu na 120 osób. Pasuje to do Waszej oferty „Obiady u Jagny”, więc może warto odpowiedzieć przed 30 listopada.",
            "Odpowiedz na zapotrzebowanie",
            "Catering na konferencję",
            "120 osób, do 6 000 zł",
            "Prosimy o dania bezmięsne.\nDziękujemy!",
            "Dostajesz tę wiadomość, bo obserwujesz zapotrzebowanie w kategorii „Gastronomia”.",
        ),
        Lang::En => (
            "New demand: catering",
            "Hello,\n\nthe town looks for catering for 120 people.",
            "Answer",
            "Catering for a conference",
            "120 people, up to PLN 6,000",
            "Please, no meat.\nThank you!",
            "You get this message because you follow the category “Catering”.",
        ),
    };
    Letter {
        lang,
        subject: subject.to_owned(),
        parts: vec![
            Part::Text(text.to_owned()),
            Part::Quote(quote.to_owned()),
            Part::List(vec![Item {
                title: title.to_owned(),
                url: "https://pes.example.org/zapotrzebowanie/catering?lang=pl&z=1".to_owned(),
                text: more.to_owned(),
            }]),
            Part::Button { label: button.to_owned(), url: "https://pes.example.org/odpowiedz/catering".to_owned() },
        ],
        reason: reason.to_owned(),
        unsubscribe_url: Some("https://pes.example.org/wypisz/0123456789abcdef".to_owned()),
    }
}

/// A mail without what is another each time.
fn masked(message: &Message) -> String {
    let header = |(name, value): &(String, String)| match name.as_str() {
        "Message-ID" => format!("{name}: <…@{}", value.split_once('@').expect("a domain").1),
        "Date" => format!("{name}: …"),
        "Content-Type" => format!("{name}: {}; boundary=…", value.split(';').next().expect("a type")),
        _ => format!("{name}: {value}"),
    };
    let headers: Vec<String> = message.headers.iter().map(header).collect();
    format!("{}\n\n{}\n\n{}", headers.join("\n"), message.text, message.html)
}

#[tokio::test]
async fn a_mail_goes_out_whole() {
    let post = Post::new().await;
    let _sender = Sender::start(&post.app);
    for lang in [Lang::Pl, Lang::En] {
        let letter = example(lang);
        let to = format!("{}@example.org", lang.tag());
        post.enqueue(&to, &letter, None).await;
        let message = post.smtp.wait_for(&to).await;
        assert_eq!((message.from.as_str(), message.to.as_str()), ("pes-tor@demo.test", to.as_str()));
        assert_eq!(message.header("subject"), letter.subject);
        assert_eq!(message.header("from"), "PES-TOR <pes-tor@demo.test>");
        assert_eq!(message.header("list-unsubscribe"), "<https://pes.example.org/wypisz/0123456789abcdef>");
        assert_eq!(message.link("https://pes.example.org/odpowiedz"), "https://pes.example.org/odpowiedz/catering");
        assert!(message.links().contains(&"https://pes.example.org/zapotrzebowanie/catering?lang=pl&z=1".to_owned()));
        for body in [&message.text, &message.html] {
            assert!(
                body.contains(letter.reason.split_at(20).0) && body.contains("https://pes.example.org/wypisz"),
                "{body}"
            );
        }
        let raw = String::from_utf8(message.raw.clone()).expect("text");
        assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 200), "{raw}");
        assert!(!message.html.contains("<img") && !message.html.contains("src="), "nothing is loaded from anywhere");
        insta::assert_snapshot!(format!("letter-{}", lang.tag()), masked(&message));
    }
    post.until(ALL_SENT).await;
    assert!(post.is("select bool_and(attempts = 1 and last_error is null) from mail_outbox").await);
}

#[tokio::test]
async fn two_senders_send_each_mail_once() {
    let post = Post::new().await;
    for n in 0..200 {
        post.enqueue(&format!("a{n}@example.org"), &short("Raz"), None).await;
    }
    let (one, two) = (Sender::start(&post.app), Sender::start(&post.app));
    post.until(ALL_SENT).await;
    let mut recipients: Vec<String> = post.smtp.messages().into_iter().map(|message| message.to).collect();
    assert_eq!(recipients.len(), 200);
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), 200, "each once");
    assert!(post.smtp.connections() <= 4, "conversations are kept: {}", post.smtp.connections());
    tokio::join!(one.stop(), two.stop());
    assert_eq!(post.smtp.messages().len(), 200);
}

#[tokio::test]
async fn what_is_rolled_back_is_not_sent() {
    let post = Post::new().await;
    let _sender = Sender::start(&post.app);
    let mut transaction = post.app.pool.begin().await.expect("a transaction");
    mail::enqueue(&mut transaction, &post.app.config.mail, "no@example.org", &short("Nie"), None)
        .await
        .expect("enqueued");
    transaction.rollback().await.expect("rolled back");
    post.enqueue("yes@example.org", &short("Tak"), None).await;
    post.smtp.wait_for("yes@example.org").await;
    assert_eq!(post.smtp.messages().len(), 1);
}

#[tokio::test]
async fn a_sender_that_dies_leaves_its_mail_to_the_others() {
    let post = Post::new().await;
    post.smtp.misbehave(At::End, Do::Hang);
    post.enqueue("a@example.org", &short("Jeden"), None).await;
    let first = Sender::start(&post.app);
    post.until_hanging(1).await;
    // While one has it, another does not see it.
    let mut other = sqlx::PgConnection::connect(&post.app.config.database_url.0).await.expect("connected");
    assert!(queries::take(&mut other).await.expect("asked").is_none());
    drop(first);
    post.smtp.behave();
    let second = Sender::start(&post.app);
    post.smtp.wait_for("a@example.org").await;
    post.until(ALL_SENT).await;

    // The same where the database loses the sender.
    post.smtp.misbehave(At::End, Do::Hang);
    post.enqueue("b@example.org", &short("Dwa"), None).await;
    post.until_hanging(2).await;
    post.smtp.behave();
    post.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction' and query like '%mail_outbox%'",
    )
    .await;
    let third = Sender::start(&post.app);
    post.smtp.wait_for("b@example.org").await;
    post.until(ALL_SENT).await;
    assert_eq!(post.smtp.messages().len(), 2);
    drop((second, third));
}

#[tokio::test]
async fn a_lost_answer_sends_the_same_mail_again() {
    let post = Post::new().await;
    post.smtp.misbehave(At::End, Do::Drop);
    post.enqueue("a@example.org", &short("Raz"), None).await;
    let _sender = Sender::start(&post.app);
    let first = post.smtp.wait_for("a@example.org").await;
    post.smtp.behave();
    post.until("select last_error is not null from mail_outbox").await;
    post.sql("update mail_outbox set not_before = now()").await;
    let second = post.smtp.wait_for_nth("a@example.org", 2).await;
    assert!(first.header("message-id").ends_with("@demo.test>"));
    assert_eq!(first.header("message-id"), second.header("message-id"));
    assert_eq!(first.header("date"), second.header("date"));
    assert_eq!(first.text, second.text);
    post.enqueue("a@example.org", &short("Dwa"), None).await;
    let third = post.smtp.wait_for_nth("a@example.org", 3).await;
    assert_ne!(third.header("message-id"), first.header("message-id"));
}

#[tokio::test]
async fn what_cannot_be_taken_now_is_tried_later() {
    let post = Post::new().await;
    let _sender = Sender::start_with_patience(&post.app, Duration::from_millis(100));
    for (n, (at, what, said)) in [
        (At::Rcpt, Do::Answer("451 4.7.1 Greylisted, try again"), "Greylisted"),
        (At::End, Do::Answer("452 4.3.1 Insufficient storage"), "storage"),
        // Not this mail's fault: nobody's mail is taken so.
        (At::Greeting, Do::Answer("554 5.7.1 Your address is blocked"), "blocked"),
        (At::Mail, Do::Answer("550 5.7.1 Sender refused"), "refused"),
        (At::Rcpt, Do::Answer("530 5.7.0 Authentication required"), "required"),
        (At::Mail, Do::Hang, "in time"),
        (At::End, Do::Hang, "in time"),
        (At::Data, Do::Drop, "incomplete"),
    ]
    .into_iter()
    .enumerate()
    {
        post.smtp.misbehave(at, what);
        let to = format!("a{n}@example.org");
        post.enqueue(&to, &short("Później"), None).await;
        post.until("select bool_and(last_error is not null or sent_at is not null) from mail_outbox").await;
        let (error, minutes, given_up): (String, f64, bool) = sqlx::query_as(
            "select last_error, extract(epoch from not_before - now())::float8 / 60, failed_at is not null
            from mail_outbox where sent_at is null",
        )
        .fetch_one(&post.app.pool)
        .await
        .expect("a row");
        assert!(error.contains(said), "{error}");
        assert!(!given_up && (0.5..=1.0).contains(&minutes), "{error}: {minutes}");
        assert_eq!(post.smtp.to(&to).len(), 0);
        post.smtp.behave();
        post.sql("update mail_outbox set not_before = now() where sent_at is null").await;
        post.smtp.wait_for(&to).await;
        post.until(ALL_SENT).await;
        assert_eq!(post.smtp.to(&to).len(), 1);
    }
}

#[tokio::test]
async fn what_is_refused_is_given_up() {
    let post = Post::new().await;
    post.smtp.misbehave(At::Rcpt, Do::Answer("550 5.1.1 <nobody@example.org>: no such user"));
    post.enqueue("nobody@example.org", &short("Nikt"), None).await;
    let sender = Sender::start(&post.app);
    post.until("select failed_at is not null from mail_outbox").await;
    assert!(post.is("select last_error like '%no such user%' and sent_at is null from mail_outbox").await);
    // The next one is taken, over the same connection.
    post.smtp.behave();
    post.enqueue("somebody@example.org", &short("Ktoś"), None).await;
    post.smtp.wait_for("somebody@example.org").await;
    assert_eq!(post.smtp.messages().len(), 1);
    sender.stop().await;

    // So is what was tried for two days.
    post.smtp.misbehave(At::Rcpt, Do::Answer("451 4.7.1 Try again"));
    post.enqueue("late@example.org", &short("Późno"), None).await;
    post.sql("update mail_outbox set attempts = 8 where recipient = 'late@example.org'").await;
    let _sender = Sender::start(&post.app);
    post.until("select attempts = 9 from mail_outbox where recipient = 'late@example.org'").await;
    assert!(post.is("select failed_at is null and not_before > now() + interval '15 hours' from mail_outbox where recipient = 'late@example.org'").await);
    post.sql("update mail_outbox set not_before = now() where recipient = 'late@example.org'").await;
    post.until("select attempts = 10 and failed_at is not null from mail_outbox where recipient = 'late@example.org'")
        .await;
}

#[tokio::test]
async fn a_mail_whose_record_fails_is_not_sent_again() {
    let post = Post::new().await;
    post.sql(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
        create trigger refuse before update on mail_outbox for each row when (new.sent_at is not null) execute function refuse()",
    )
    .await;
    post.enqueue("a@example.org", &short("Raz"), None).await;
    let _sender = Sender::start(&post.app);
    post.smtp.wait_for("a@example.org").await;
    // It works again after a second.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(post.smtp.messages().len(), 1);
    post.sql("drop trigger refuse on mail_outbox").await;
    post.until(ALL_SENT).await;
    assert_eq!(post.smtp.messages().len(), 1);
}

#[tokio::test]
async fn a_key_is_told_once() {
    let post = Post::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16 {
        let app = post.app.clone();
        tasks.spawn(async move {
            let mut connection = sqlx::PgConnection::connect(&app.config.database_url.0).await.expect("connected");
            let mut transaction = connection.begin().await.expect("a transaction");
            let to = format!("a{n}@example.org");
            mail::enqueue(&mut transaction, &app.config.mail, &to, &short("Raz"), Some("demand:1:a"))
                .await
                .expect("enqueued");
            // The first of them change their minds.
            if n < 4 { transaction.rollback().await } else { transaction.commit().await }.expect("ended");
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no panic");
    }
    assert!(post.is("select count(*) = 1 from mail_outbox").await);
    post.enqueue("a@example.org", &short("Drugi"), Some("demand:2:a")).await;
    post.enqueue("a@example.org", &short("Bez klucza"), None).await;
    post.enqueue("a@example.org", &short("Bez klucza"), None).await;
    assert!(post.is("select count(*) = 4 from mail_outbox").await);
}

#[tokio::test]
async fn nothing_becomes_a_header() {
    let post = Post::new().await;
    let sender = Sender::start(&post.app);
    let mut connection = post.app.pool.acquire().await.expect("a connection");
    for to in [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\nX: y",
        "a\0@example.org",
        "a@example.org, b@example.org",
        "",
    ] {
        let refused = mail::enqueue(&mut connection, &post.app.config.mail, to, &short("x"), None).await;
        assert_eq!(refused.expect_err(to).status(), 400);
    }
    let evil = "Oferta\r\nBcc: b@example.org\n\r\nContent-Type: text/html\0\r\n\r\n<script>alert(1)</script> {{7*7}}\r\n.\r\nMAIL FROM:<b@example.org>";
    let letter = Letter {
        lang: Lang::Pl,
        subject: evil.to_owned(),
        parts: vec![
            Part::Text(evil.to_owned()),
            Part::Quote(evil.to_owned()),
            Part::Button { label: evil.to_owned(), url: "https://pes.example.org/".to_owned() },
            Part::List(vec![Item {
                title: evil.to_owned(),
                url: "https://pes.example.org/".to_owned(),
                text: evil.to_owned(),
            }]),
        ],
        reason: evil.to_owned(),
        unsubscribe_url: None,
    };
    post.enqueue("a@example.org", &letter, None).await;
    let message = post.smtp.wait_for("a@example.org").await;
    let names: Vec<&str> = message.headers.iter().map(|(name, _)| name.as_str()).collect();
    let known = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
    assert_eq!(names, known);
    assert!(
        message.header("subject").starts_with("Oferta Bcc: b@example.org Content-Type"),
        "{}",
        message.header("subject")
    );
    assert!(message.header("content-type").starts_with("multipart/alternative"));
    assert!(message.text.contains("{{7*7}}") && message.text.contains("MAIL FROM:<b@example.org>"));
    assert!(!message.html.contains("<script") && message.html.contains("{{7*7}}"));
    // The database refuses what did not come through the front door.
    for column in [
        "recipient = E'a@example.org\\nBcc: b'",
        "subject = E'a\\rb'",
        "unsubscribe_url = 'https://a/>,<b'",
        "message_id = '<a@b>, <c@d>'",
    ] {
        let statement = sqlx::AssertSqlSafe(format!("update mail_outbox set {column}"));
        assert!(sqlx::raw_sql(statement).execute(&post.app.pool).await.is_err(), "{column}");
    }
    // A name of a sender that is none (the settings refuse it) costs its mail, and neither more headers nor the sender.
    sender.stop().await;
    let mut config = (*post.app.config).clone();
    let address = config.mail.from.email.clone();
    config.mail.from = Mailbox::new(Some("Łucja\r\nBcc: b@example.org".to_owned()), address);
    post.enqueue("b@example.org", &short("x"), None).await;
    let sender = Sender::start(&App::new(config, post.app.pool.clone()));
    post.until("select failed_at is not null from mail_outbox where recipient = 'b@example.org'").await;
    sender.stop().await;
    assert_eq!(post.smtp.messages().len(), 1);
}

#[tokio::test]
async fn nothing_is_said_in_clear_where_tls_is_required() {
    let mut post = Post::new().await;
    // Were it to begin a mail, it would hang there.
    post.smtp.misbehave(At::Mail, Do::Hang);
    let mut config = (*post.app.config).clone();
    let Delivery::Smtp(server) = &mut config.mail.delivery else { panic!("a mail server") };
    server.tls = Tls::Required;
    post.app = App::new(config, post.app.pool.clone());
    post.enqueue("a@example.org", &short("Tajne"), None).await;
    let _sender = Sender::start(&post.app);
    post.until("select last_error is not null from mail_outbox").await;
    assert!(post.is("select failed_at is null and last_error like '%STARTTLS%' from mail_outbox").await);
    assert_eq!((post.smtp.hanging(), post.smtp.messages().len()), (0, 0));
}

#[tokio::test]
async fn addresses_beyond_ascii_are_sent_to() {
    let post = Post::new().await;
    let _sender = Sender::start(&post.app);
    post.enqueue("żółw@example.org", &short("Żółw"), None).await;
    let message = post.smtp.wait_for("żółw@example.org").await;
    assert_eq!(message.header("to"), "żółw@example.org");
}

#[tokio::test]
async fn mails_are_forgotten() {
    let post = Post::new().await;
    for to in [
        "sent-new@example.org",
        "sent-old@example.org",
        "failed-new@example.org",
        "failed-old@example.org",
        "waits@example.org",
    ] {
        post.enqueue(to, &short("x"), None).await;
    }
    post.sql(
        "update mail_outbox set not_before = now() + interval '1 day', created_at = now() - interval '1 year',
            sent_at = case recipient when 'sent-new@example.org' then now() - interval '29 days'
                when 'sent-old@example.org' then now() - interval '31 days' end,
            failed_at = case recipient when 'failed-new@example.org' then now() - interval '89 days'
                when 'failed-old@example.org' then now() - interval '91 days' end",
    )
    .await;
    let _sender = Sender::start(&post.app);
    post.until("select count(*) = 3 and bool_and(recipient not like '%old%') from mail_outbox").await;
}

fn folder(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::remove_dir_all(&dir).ok();
    dir
}

#[tokio::test]
async fn mails_can_be_written_to_files() {
    let post = Post::new().await;
    let dir = folder("mail");
    let mut config = (*post.app.config).clone();
    config.mail.delivery = Delivery::Folder(dir.join("new"));
    post.enqueue("a@example.org", &example(Lang::Pl), None).await;
    post.enqueue("b@example.org", &example(Lang::En), None).await;
    let sender = Sender::start(&App::new(config, post.app.pool.clone()));
    post.until(ALL_SENT).await;
    sender.stop().await;
    let mut names: Vec<String> = std::fs::read_dir(dir.join("new"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names, ["1.eml", "2.eml"]);
    let file = dir.join("new/1.eml");
    let message = Message::new(String::new(), String::new(), std::fs::read(&file).expect("a file"));
    assert_eq!(message.header("to"), "a@example.org");
    assert!(message.text.contains("„Obiady u"));
    assert_eq!(file.metadata().expect("metadata").permissions().mode() & 0o077, 0, "only for its owner");
    std::fs::remove_dir_all(&dir).ok();
}

#[tokio::test]
async fn a_mail_server_that_hangs_holds_up_neither_the_site_nor_its_end() {
    let post = Post::new().await;
    post.smtp.misbehave(At::End, Do::Hang);
    for n in 0..20 {
        post.enqueue(&format!("a{n}@example.org"), &short("x"), None).await;
    }
    let (mut first, url) = support::serve(&post.app.config, &post.smtp).await;
    post.until_hanging(1).await;
    let start = Instant::now();
    assert_eq!(reqwest::get(format!("{url}/organizacje")).await.expect("an answer").status(), 200);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    let start = Instant::now();
    Command::new("kill").args(["-INT", &first.id().expect("running").to_string()]).status().await.expect("Ctrl-C");
    assert!(first.wait().await.expect("it ends").success());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    // Killed in the middle, it leaves the mail to the others.
    let (mut second, _) = support::serve(&post.app.config, &post.smtp).await;
    post.until_hanging(2).await;
    post.smtp.behave();
    second.kill().await.expect("kill -9");
    let _sender = Sender::start(&post.app);
    post.until(ALL_SENT).await;
    assert_eq!(post.smtp.messages().len(), 20);
    assert!(post.is("select bool_and(attempts = 1) from mail_outbox").await, "what died was no attempt");
}

#[tokio::test]
async fn a_site_sends_its_mails() {
    let (site, smtp) = support::demo_site_with_mail().await;
    let mut connection = site.app.pool.acquire().await.expect("a connection");
    mail::enqueue(&mut connection, &site.app.config.mail, "pes@demo.test", &short("Witaj"), None)
        .await
        .expect("enqueued");
    assert_eq!(smtp.wait_for("pes@demo.test").await.header("subject"), "Witaj");
}
