//! Finding one's organisation, claiming it, and deciding on claims.

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::organisations::claims;

use super::{mails, official, official_elsewhere, slugs, text};
use crate::support::demo_site;

const REASON: (&str, &str) = ("reason", "Jestem w KRS jako członkini zarządu.");
const CLAIM: [(&str, &str); 2] = [("position", "prezeska"), REASON];

#[tokio::test]
async fn the_register_is_searched_by_name_and_numbers() {
    let site = demo_site().await;
    let slug = &slugs(&site, 1).await[0];
    let of =
        async |column: &str| text(&site, &format!("select {column} from organisation where slug = '{slug}'")).await;
    let (name, krs, nip) = (of("name").await, of("krs").await, of("nip").await);
    let dashed = format!("{}-{}-{}", &nip[..3], &nip[3..6], &nip[6..]);
    let mut browser = site.browser();
    for q in [name.to_uppercase(), krs, dashed] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", &q).finish();
        let answer = browser.get(&format!("/moja-organizacja?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.text().contains(&format!("/organizacje/{slug}/przejmij")), "{q}");
    }
    let none = browser.get("/moja-organizacja?q=qwxzqwxz").await.text();
    assert!(none.contains("Nie ma takiej organizacji") && none.contains("/nowa-organizacja"));
    assert_eq!(browser.get(&format!("/moja-organizacja?q={}", "x".repeat(201))).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_claim_gives_no_rights_until_a_colleague_approves() {
    let site = demo_site().await;
    let slugs = slugs(&site, 2).await;
    let (mine, others) = (&slugs[0], &slugs[1]);
    let colleague = site.account(Role::Representative, "kolega@example.org", None).await;
    site.represents(colleague, mine).await;
    let claimant = site.account(Role::Resident, "nowa@example.org", None).await;
    let mut new = site.signed_in(claimant).await;
    let claim = format!("/organizacje/{mine}/przejmij");
    assert_eq!(new.get(&claim).await.status, StatusCode::OK);
    let empty = new.post(&claim, &[("position", "x")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(empty.text().matches("class=\"field-error\"").count(), 2);
    // Sent twice, it is one claim, one entry of the queue, one mail.
    for _ in 0..2 {
        assert_eq!(new.post(&claim, &CLAIM).await.leads(), "/moja-organizacja");
    }
    assert!(new.get("/moja-organizacja").await.text().contains("czeka na decyzję"));
    assert_eq!(text(&site, "select count(*) from claim").await, "1");
    assert_eq!(text(&site, "select count(*) from review where kind = 'claim' and decided_at is null").await, "1");
    let told = mails(&site, "kolega@example.org").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].1.contains("prezeska") && told[0].1.contains("/zespol"), "{}", told[0].1);
    assert!(!told[0].1.contains("nowa@example.org"), "no address is shown");

    let id = text(&site, "select id from claim").await;
    let decide = format!("/przejecia/{id}/decyzja");
    for path in ["edytuj", "zespol", "historia"] {
        let path = format!("/organizacje/{mine}/{path}");
        assert_eq!(new.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(new.post(&decide, &[("decision", "approve")]).await.status, StatusCode::FORBIDDEN);
    // Nor does somebody else's colleague decide.
    let stranger = site.account(Role::Representative, "obca@example.org", None).await;
    site.represents(stranger, others).await;
    let mut stranger = site.signed_in(stranger).await;
    assert_eq!(stranger.post(&decide, &[("decision", "approve")]).await.status, StatusCode::FORBIDDEN);

    let mut colleague = site.signed_in(colleague).await;
    let team = colleague.get(&format!("/organizacje/{mine}/zespol")).await.text();
    assert!(team.contains("nowa (resident)") && team.contains(REASON.1));
    assert!(!team.contains("nowa@example.org"), "no address is shown");
    assert_eq!(colleague.post(&decide, &[("decision", "maybe")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = colleague.post(&decide, &[("decision", "approve")]).await;
    assert_eq!(done.leads(), format!("/organizacje/{mine}/zespol"));
    assert_eq!(colleague.post(&decide, &[("decision", "refuse"), REASON]).await.status, StatusCode::CONFLICT);

    assert_eq!(new.get(&format!("/organizacje/{mine}/edytuj")).await.status, StatusCode::OK);
    assert_eq!(new.get(&format!("/organizacje/{others}/edytuj")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(new.get(&claim).await.leads(), format!("/organizacje/{mine}/zespol"));
    assert_eq!(text(&site, "select role from account where email = 'nowa@example.org'").await, "representative");
    assert_eq!(
        text(&site, "select count(*) from representative where organisation_id = (select organisation_id from claim)")
            .await,
        "2"
    );
    let review = "select approved::text || decided_by from review where kind = 'claim'";
    let colleague_id = text(&site, "select id from account where email = 'kolega@example.org'").await;
    assert_eq!(text(&site, review).await, format!("true{colleague_id}"), "the queue knows");
    let told = mails(&site, "nowa@example.org").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].0.contains("Reprezentujesz") && told[0].1.contains("/edytuj"), "{told:?}");
}

#[tokio::test]
async fn officials_decide_in_their_queue() {
    let site = demo_site().await;
    let slugs = slugs(&site, 2).await;
    let claimant = site.account(Role::Resident, "nowa@example.org", None).await;
    let mut new = site.signed_in(claimant).await;
    for slug in &slugs {
        new.post(&format!("/organizacje/{slug}/przejmij"), &CLAIM).await.leads();
    }
    let elsewhere = official_elsewhere(&site).await;
    let mut elsewhere = site.signed_in(elsewhere).await;
    let mut office = site.signed_in(official(&site).await).await;
    let queue = office.get("/urzad/kolejka").await.text();
    assert!(queue.contains(REASON.1) && queue.contains(&format!("href=\"/organizacje/{}\"", slugs[0])));
    let review = |slug: &str| {
        let query = format!(
            "select r.id from review r join claim c on c.id = r.thing_id join organisation o on o.id = c.organisation_id where o.slug = '{slug}'"
        );
        let site = &site;
        async move { format!("/urzad/kolejka/{}", text(site, &query).await) }
    };
    let (first, second) = (review(&slugs[0]).await, review(&slugs[1]).await);
    assert_eq!(elsewhere.post(&first, &[("decision", "approve")]).await.status, StatusCode::FORBIDDEN);
    office.post(&first, &[("decision", "approve")]).await.leads();
    office.post(&second, &[("decision", "refuse"), ("reason", "Nie ma Pani w KRS.")]).await.leads();
    let states = "select string_agg(state || ':' || decision_reason || ':' || (decided_by is not null), ',' order by id) from claim";
    assert_eq!(text(&site, states).await, "approved::true,refused:Nie ma Pani w KRS.:true");
    assert_eq!(new.get(&format!("/organizacje/{}/edytuj", slugs[0])).await.status, StatusCode::OK);
    assert_eq!(new.get(&format!("/organizacje/{}/edytuj", slugs[1])).await.status, StatusCode::FORBIDDEN);
    let mine = new.get("/moja-organizacja").await.text();
    assert!(mine.contains("odmowa") && mine.contains("Nie ma Pani w KRS."));
    assert_eq!(mails(&site, "nowa@example.org").await.len(), 2);
    // What is decided stays decided.
    let mut connection = site.app.pool.acquire().await.expect("a connection");
    let refused = text(&site, "select id from claim where state = 'refused'").await.parse().expect("a number");
    claims::queries::decided(&mut connection, refused, true).await.expect("nothing happens");
    assert_eq!(
        text(&site, "select count(*) from representative where account_id = (select account_id from claim limit 1)")
            .await,
        "1"
    );
    // After a refusal one may try again.
    new.post(&format!("/organizacje/{}/przejmij", slugs[1]), &CLAIM).await.leads();
    assert_eq!(text(&site, "select count(*) from claim where state = 'open'").await, "1");
}

#[tokio::test]
async fn a_refusal_says_why_and_an_own_claim_is_withdrawn_by_its_maker_alone() {
    let site = demo_site().await;
    let slug = &slugs(&site, 1).await[0];
    let colleague = site.account(Role::Representative, "kolega@example.org", None).await;
    site.represents(colleague, slug).await;
    let claimants = [
        site.account(Role::Resident, "pierwsza@example.org", None).await,
        site.account(Role::Resident, "drugi@example.org", None).await,
    ];
    let [mut first, mut second] = [site.signed_in(claimants[0]).await, site.signed_in(claimants[1]).await];
    let claim = format!("/organizacje/{slug}/przejmij");
    first.post(&claim, &CLAIM).await.leads();
    second.post(&claim, &CLAIM).await.leads();
    let ids = text(&site, "select string_agg(id::text, ',' order by id) from claim").await;
    let (one, two) = ids.split_once(',').expect("two claims");
    assert_eq!(second.post(&format!("/przejecia/{one}/wycofaj"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(first.post("/przejecia/x/wycofaj", &[]).await.status, StatusCode::NOT_FOUND);
    first.post(&format!("/przejecia/{one}/wycofaj"), &[]).await.leads();
    assert_eq!(text(&site, "select count(*) from review where decided_at is null").await, "1");
    let mut colleague = site.signed_in(colleague).await;
    let refuse = format!("/przejecia/{two}/decyzja");
    let bare = colleague.post(&refuse, &[("decision", "refuse"), ("reason", " ")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bare.text().contains("Napisz, dlaczego odmawiasz"));
    assert_eq!(
        colleague.post(&format!("/przejecia/{one}/decyzja"), &[("decision", "approve")]).await.status,
        StatusCode::CONFLICT,
        "what was withdrawn is not approved"
    );
    colleague.post(&refuse, &[("decision", "refuse"), ("reason", "Nie znamy tej osoby <b>.")]).await.leads();
    let told = mails(&site, "drugi@example.org").await;
    assert!(told[0].0.contains("Odmowa") && told[0].1.contains("Nie znamy tej osoby <b>."), "{told:?}");
    assert_eq!(text(&site, "select count(*) from representative r join organisation o on o.id = r.organisation_id where o.slug = (select slug from organisation order by id limit 1)").await, "1");
}

#[tokio::test]
async fn an_office_claims_nothing_and_nobody_claims_without_end() {
    let site = demo_site().await;
    let slugs = slugs(&site, 11).await;
    let mut office = site.signed_in(official(&site).await).await;
    let answer = office.post(&format!("/organizacje/{}/przejmij", slugs[0]), &CLAIM).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let id = site.account(Role::Resident, "pilny@example.org", None).await;
    let mut eager = site.signed_in(id).await;
    for slug in &slugs[..10] {
        eager.post(&format!("/organizacje/{slug}/przejmij"), &CLAIM).await.leads();
    }
    let answer = eager.post(&format!("/organizacje/{}/przejmij", slugs[10]), &CLAIM).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let mut nobody = site.browser();
    let claim = format!("/organizacje/{}/przejmij", slugs[0]);
    assert!(nobody.get(&claim).await.leads().starts_with("/logowanie?dalej="));
    assert!(nobody.get(&format!("/organizacje/{}", slugs[0])).await.text().contains(&format!("href=\"{claim}\"")));
}

#[tokio::test]
async fn colleagues_leave_but_the_last_not_silently() {
    let site = demo_site().await;
    let slugs = slugs(&site, 2).await;
    let [one, two, other] = [
        site.account(Role::Representative, "jeden@example.org", None).await,
        site.account(Role::Representative, "dwa@example.org", None).await,
        site.account(Role::Representative, "obcy@example.org", None).await,
    ];
    site.represents(one, &slugs[0]).await;
    site.represents(two, &slugs[0]).await;
    site.represents(other, &slugs[1]).await;
    let remove = format!("/organizacje/{}/zespol/usun", slugs[0]);
    let team = format!("/organizacje/{}/zespol", slugs[0]);
    let mut stranger = site.signed_in(other).await;
    assert_eq!(stranger.post(&remove, &[("account", &one.to_string())]).await.status, StatusCode::FORBIDDEN);
    let mut first = site.signed_in(one).await;
    // Somebody of another organisation is not removed through mine.
    first.post(&remove, &[("account", &other.to_string())]).await.leads();
    assert_eq!(text(&site, &format!("select count(*) from representative where account_id = {other}")).await, "1");
    assert_eq!(first.post(&remove, &[("account", "x")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(first.post(&remove, &[("account", &two.to_string())]).await.leads(), team);
    assert!(mails(&site, "dwa@example.org").await[0].0.contains("Nie reprezentujesz już"));
    assert_eq!(site.signed_in(two).await.get(&team).await.status, StatusCode::FORBIDDEN);
    let alone = first.post(&remove, &[("account", &one.to_string())]).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(alone.text().contains("To ostatnia osoba"));
    let gone = first.post(&remove, &[("account", &one.to_string()), ("last", "true")]).await;
    assert_eq!(gone.leads(), format!("/organizacje/{}", slugs[0]));
    assert_eq!(first.get(&team).await.status, StatusCode::FORBIDDEN);
}
