//! Whatever is asked of `/tiles/…`: never a panic, never a failure, always a sentence that names what is wrong, and never a question to
//! the database that a good request would not ask.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, Uri};
use pestor::web::Params;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{Answer, Site, demo_site};

/// What a browser would send, byte for byte: everything but letters, digits and a few marks as %XX.
fn encoded(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,+~".contains(&byte);
    let one = |&byte: &u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    bytes.iter().map(one).collect()
}

/// Anything: text as it is, text and bytes as a browser sends them.
fn noise() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9%&=+;,./-]{0,12}",
        "\\PC{0,8}",
        any::<String>().prop_map(|text| encoded(text.as_bytes())),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(|bytes| encoded(&bytes)),
        "[x,]{1,4}".prop_map(|text| text.repeat(300)),
    ]
}

/// One of these, or anything.
fn mostly(values: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    prop_oneof![6 => select(values.to_vec()).prop_map(str::to_owned), 1 => noise()]
}

fn layers() -> impl Strategy<Value = String> {
    let names = ["organisations", "support", "premises", "footprints", "districts", "municipalities", "schematic"];
    let list = prop::collection::vec(select(names.to_vec()), 1..4).prop_map(|names| names.join(","));
    let odd = select(vec![
        "",
        ",",
        "organisations,",
        ",support",
        "Premises",
        "premises%2Csupport",
        "premises support",
        "%2F",
        "%00",
        "nope",
    ]);
    let long = (select(names.to_vec()), 1usize..500).prop_map(|(name, times)| vec![name; times].join(","));
    let all = Just("organisations,support,premises,footprints".to_owned());
    prop_oneof![4 => all, 4 => list, 2 => odd.prop_map(str::to_owned), 1 => long, 1 => noise()]
}

fn number() -> impl Strategy<Value = String> {
    let odd = [
        "-1",
        "+1",
        "",
        " 1",
        "1.0",
        "0x1",
        "1e3",
        "١",
        "１",
        "²",
        "255",
        "256",
        "4294967295",
        "4294967296",
        "99999999999999999999",
    ];
    prop_oneof![
        8 => (0u32..3).prop_map(|number| number.to_string()),
        2 => any::<u64>().prop_map(|number| number.to_string()),
        2 => select(odd.to_vec()).prop_map(|text| encoded(text.as_bytes())),
        1 => noise(),
    ]
}

/// A zoom, a column and a row, often ones that exist.
fn coordinates() -> impl Strategy<Value = [String; 3]> {
    let real = (0u32..=24).prop_flat_map(|z| (Just(z), 0..=(1u64 << z), 0..=(1u64 << z)));
    prop_oneof![
        3 => real.prop_map(|(z, x, y)| [z.to_string(), x.to_string(), y.to_string()]),
        1 => [number(), number(), number()],
        // Where the demo's features are.
        1 => Just(["13", "4519", "2668"].map(str::to_owned)),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let suffix = prop_oneof![12 => Just(".mvt".to_owned()), 1 => mostly(&["", ".pbf", ".MVT", ".mvt.gz", ".mvt/"])];
    let tile = (layers(), coordinates(), suffix)
        .prop_map(|(layers, [z, x, y], suffix)| format!("/tiles/{layers}/{z}/{x}/{y}{suffix}"));
    let json = (layers(), mostly(&[".json", ".json", ".json", "", ".xml"]))
        .prop_map(|(layers, suffix)| format!("/tiles/{layers}{suffix}"));
    prop_oneof![4 => tile, 1 => json]
}

fn parameter() -> impl Strategy<Value = String> {
    let number = &["0", "20", "60.5", "-1", "1e400", "NaN", "inf", "-0", "1,5", "999999999999999999999", "1e-300"];
    let named = prop_oneof![
        (Just("q"), mostly(&["fundacja", "%25", "%5C", "%00", "a%00b", "'", "%FF"])),
        (Just("q"), (199usize..202).prop_map(|length| "%C5%BC".repeat(length))),
        (
            Just("bbox"),
            mostly(&[
                "18,53,19,54",
                "18,53,18,53",
                "19,53,18,54",
                "1,2,3",
                "-180,-90,180,90",
                "NaN,0,1,1",
                "1e400,0,1,1"
            ])
        ),
        (Just("within"), mostly(&["bielany", "atlantyda", "%00", "Bielany"])),
        (Just("legal_form"), mostly(&["foundation", "kis", "Foundation", "kis,zaz"])),
        (Just("activity"), mostly(&["culture", "sport", "war"])),
        (Just("has"), mostly(&["offers", "demand", "equipment", "money"])),
        (Just("kind"), mostly(&["owes", "rops", "bank"])),
        (Just("status"), mostly(&["free", "open_call", "fre"])),
        (Just("use"), mostly(&["office", "palace"])),
        (Just("area_min"), mostly(number)),
        (Just("area_max"), mostly(number)),
        (Just("accessible"), mostly(&["true", "false", "1"])),
        (Just("administrator"), mostly(&["nobody", "%00"])),
        (
            Just("on"),
            mostly(&["2024-02-01", "2024-02-30", "0000-01-01", "9999-12-31", "-9999-01-01", "%2B2024-02-01", "today"])
        ),
        (Just("v"), mostly(&["1", "old"])),
    ];
    let known = named.prop_map(|(name, value)| format!("{name}={value}"));
    prop_oneof![8 => known, 1 => (noise(), noise()).prop_map(|(name, value)| format!("{name}={value}")), 1 => noise()]
}

fn query() -> impl Strategy<Value = String> {
    let few = prop::collection::vec(parameter(), 0..4).prop_map(|parameters| parameters.join("&"));
    let many = (parameter(), 150usize..600).prop_map(|(parameter, times)| vec![parameter; times].join("&"));
    // One name with each of its values, and an endless one.
    let codes = select(vec!["status=free", "legal_form=kis", "v=1"]).prop_map(|pair| vec![pair; 201].join("&"));
    let endless = (1_000usize..20_000).prop_map(|length| format!("q={}", "a".repeat(length)));
    prop_oneof![10 => few, 1 => many, 1 => codes, 1 => endless]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let value = || {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..20),
            select(vec!["gzip", "br;q=0, gzip", "*", "gzip;q=", ";;,,", "W/\"", "\"\"", "identity;q=0"])
                .prop_map(|text| text.as_bytes().to_vec()),
        ]
    };
    let name =
        select(vec!["accept-encoding", "if-none-match", "accept", "accept-language", "cookie", "x-forwarded-proto"]);
    prop::collection::vec((name, value()), 0..3)
}

/// A request, unless the HTTP library would not take it from a connection.
fn request(address: &str, headers: &[(&'static str, Vec<u8>)]) -> Option<Request<Body>> {
    let mut request = Request::get(Uri::try_from(address).ok()?).header("host", "pestor.test");
    for (name, value) in headers {
        request = request.header(HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?);
    }
    request.body(Body::empty()).ok()
}

fn params(address: &str) -> Params {
    let uri = Uri::try_from(address).expect("an address");
    Params::parse(uri.query().unwrap_or_default())
}

/// What every answer of `/tiles/…` keeps to.
fn check(answer: &Answer, address: &str) {
    let status = answer.status.as_u16();
    // 406 is the compression's own, to who refuses every coding.
    assert!([200, 204, 304, 400, 404, 406].contains(&status), "{status} for {address}");
    // Compressed answers are the same as the others.
    if status < 400 || status == 406 || !answer.header("content-encoding").is_empty() {
        return;
    }
    assert_eq!(answer.header("content-type"), "application/problem+json", "{address}");
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{address}: {problem}");
    let detail = problem["detail"].as_str().expect("a sentence");
    match problem["parameter"].as_str() {
        // One without a value is named as well.
        Some(named) => {
            let uri = Uri::try_from(address).expect("an address");
            let mut names = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).map(|(name, _)| name);
            assert!(names.any(|name| name == named), "{address}: {problem}");
        }
        None => {
            let parts = ["zoom ", "x ", "y ", "layer", ".mvt", ".json", "UTF-8", "no such page"];
            assert!(parts.iter().any(|part| detail.contains(part)), "{address}: {problem}");
        }
    }
}

/// Whether there is such a tile; nothing where its address is not made of numbers.
fn is_on_the_map(address: &str) -> Option<bool> {
    let path = address.split('?').next()?.strip_prefix("/tiles/")?.strip_suffix(".mvt")?;
    let [_, z, x, y] = path.split('/').collect::<Vec<_>>()[..] else { return None };
    let [z, x, y] = [z.parse::<u64>().ok()?, x.parse().ok()?, y.parse().ok()?];
    Some(z <= 22 && x < 1 << z && y < 1 << z)
}

/// The demo's map, read, with a database that cannot be asked any more.
async fn cut_off() -> Site {
    let site = demo_site().await;
    site.app.pool.close().await;
    site
}

#[tokio::test]
async fn anything_may_be_asked_of_tiles() {
    let (site, cut_off) = (demo_site().await, cut_off().await);
    let (mut runner, strategy) = (TestRunner::deterministic(), (path(), query(), headers()));
    let mut met = std::collections::BTreeMap::new();
    for _ in 0..CASES {
        let (path, query, headers) = strategy.new_tree(&mut runner).expect("a request").current();
        let address = format!("{path}?{query}");
        let (Some(asked), Some(again)) = (request(&address, &headers), request(&address, &headers)) else { continue };
        let (answer, without) = (site.answer(asked).await, cut_off.answer(again).await);
        check(&answer, &address);
        assert!(is_on_the_map(&address) != Some(false) || answer.status.as_u16() >= 400, "{address}: {answer:?}");
        *met.entry(answer.status.as_u16()).or_insert(0) += 1;
        let has_text = params(&address).iter().any(|(name, _)| name == "q");
        if has_text && answer.status.as_u16() < 400 {
            // Only the database knows which features have a text.
            assert!(without.status == 503 || without.status == answer.status, "{} for {address}", without.status);
        } else {
            assert_eq!(
                (without.status, &without.bytes),
                (answer.status, &answer.bytes),
                "without a database: {address}"
            );
        }
    }
    for status in [200, 204, 400, 404] {
        assert!(met.get(&status).is_some_and(|count| *count > CASES / 50), "{met:?}");
    }
}

const CASES: usize = 3_000;

#[tokio::test]
async fn what_is_wrong_is_named_without_a_database() {
    let site = cut_off().await;
    let many =
        |parameter: &str, times: usize| format!("/tiles/premises/0/0/0.mvt?{}", vec![parameter; times].join("&"));
    let tile = |query: &str| format!("/tiles/organisations,premises/0/0/0.mvt?{query}");
    for (path, status, word) in [
        ("/tiles/premises/23/0/0.mvt".to_owned(), 400, "23"),
        ("/tiles/premises/22/4194304/0.mvt".to_owned(), 400, "4194304"),
        ("/tiles/premises/300/0/0.mvt".to_owned(), 400, "zoom 300"),
        ("/tiles/premises/0/0/4294967296.mvt".to_owned(), 400, "4294967296"),
        ("/tiles/premises/0/-1/0.mvt".to_owned(), 400, "-1"),
        ("/tiles/premises/0/+0/0.mvt".to_owned(), 400, "+0"),
        ("/tiles/premises/%D9%A1/0/0.mvt".to_owned(), 400, "١"),
        ("/tiles/premises/%FF/0/0.mvt".to_owned(), 400, "UTF-8"),
        ("/tiles/%FF.json".to_owned(), 400, "UTF-8"),
        ("/tiles/premises,,support/0/0/0.mvt".to_owned(), 404, "layer"),
        (format!("/tiles/{}nope/0/0/0.mvt", "premises,".repeat(500)), 404, "nope"),
        (many("status=free", 201), 400, "200"),
        (many("v=1", 500), 400, "200"),
        (many("accessible=true", 2), 400, "accessible"),
        (many("on=2024-01-01", 2), 400, "on"),
        (tile("q=a&q=b"), 400, "q"),
        (tile("q=a%00b"), 400, "q"),
        (tile(&format!("q={}", "a".repeat(201))), 400, "q"),
        // The fault is in a layer that comes after the one whose text is to be looked for.
        (tile("q=a&status=fre"), 400, "status"),
        (tile("q=a&administrator=nobody"), 400, "administrator"),
        (tile("q=a&within=atlantyda"), 400, "within"),
        (tile("q=a&colour=red"), 400, "colour"),
        (tile("on=-9999-01-01"), 400, "on"),
        (tile("area_min=1e400"), 400, "area_min"),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
        check(&answer, &path);
        let problem = answer.json();
        let said = format!("{} {}", problem["detail"], problem["parameter"]);
        assert!(said.contains(word), "{path}: {said}");
    }
    for (path, status) in [
        (many("status=free", 200), 200),
        (format!("/tiles/{}premises/0/0/0.mvt", "premises,".repeat(500)), 200),
        (tile("within=bielany&status=free&has=demand&on=2024-02-01&bbox=18,53,19,54&area_min=0.29"), 200),
        (tile("area_min=1e300&activity=veterans&bbox=0,0,0,0"), 204),
        ("/tiles/organisations.json?legal_form=kis".to_owned(), 200),
        ("/tiles/premises/22/4194303/4194303.mvt".to_owned(), 204),
        (tile("q=a"), 503),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {answer:?}");
    }
}
