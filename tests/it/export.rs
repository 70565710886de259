//! What goes out: files that go in again, other programs that read them, and nothing that is not public.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use clap::ValueEnum as _;
use pestor::export::command::{self, ExportArgs};
use pestor::export::{Format, Kind, columns};
use pestor::import::{self, Options};
use tokio::process::Command;

use crate::support::{Site, demo_config, demo_site, empty_config};

mod api;

/// An empty folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("export-{}-{name}", std::process::id()));
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("make a folder");
    folder
}

async fn export(site: &Site, kind: Kind, format: Format, folder: &Path) -> PathBuf {
    let output = folder.join(format!("{}.{}", kind.name(), format.ending()));
    let args = ExportArgs { kind, format: Some(format), output: output.clone() };
    command::run(&site.app.pool, &site.app.config, &args).await.expect("the export runs");
    output
}

async fn ogrinfo(args: &[&str]) -> String {
    let output = Command::new("ogrinfo")
        .args(args)
        .env("OGR_XLSX_HEADERS", "FORCE")
        .output()
        .await
        .expect("ogrinfo (gdal-bin) is installed");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test]
async fn what_goes_out_goes_in_again_and_comes_out_the_same() {
    let site = Site::start(demo_config().await).await;
    // What people write on the site has no identifier of a source, and begins as it likes.
    site.sql("update organisation set phone = '+48 56 611 00 00', tagline = '=1+1', source = 'manual', source_id = null where id % 5 = 0").await;
    site.sql("update offer set description = '''=SUM(A1)', source = 'manual', source_id = null where id % 3 = 0").await;
    site.sql("update premises set footprint = st_multi(st_buffer(point, 0.0001)) where id % 7 = 0").await;
    for format in [Format::Csv, Format::Geojson] {
        let (first, second) =
            (folder(&format!("first-{}", format.ending())), folder(&format!("second-{}", format.ending())));
        let empty = Site::start(empty_config().await).await;
        for kind in Kind::ALL {
            let file = export(&site, kind, format, &first).await;
            let options = Options::new(import::Kind::from_str(kind.name(), true).expect("a kind of the import"), file);
            let report = import::run(&empty.app.pool, &options).await.expect("the import runs");
            assert!(report.refused.is_empty() && report.inserted > 0, "{report}");
            let again = import::run(&empty.app.pool, &options).await.expect("the import runs");
            assert_eq!((again.inserted, again.updated), (0, 0), "{again}");
        }
        for kind in Kind::ALL {
            let out = export(&empty, kind, format, &second).await;
            let name = out.file_name().expect("a name");
            let (before, after) = (std::fs::read(first.join(name)).expect("read"), std::fs::read(&out).expect("read"));
            assert!(before.len() > 100, "{name:?} is empty");
            assert!(before == after, "{} differs from what it was", out.display());
        }
    }
}

#[tokio::test]
async fn gdal_reads_every_file() {
    let site = demo_site().await;
    site.sql("update organisation set name = '=1+1' where id = (select min(id) from organisation)").await;
    let folder = folder("gdal");
    for kind in Kind::ALL {
        let geojson = export(&site, kind, Format::Geojson, &folder).await;
        let text = std::fs::read_to_string(&geojson).expect("read");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let count = json["features"].as_array().expect("features").len();
        assert!(count > 0 && !json["licence"].is_null() && !json["attribution"].is_null(), "{kind:?}");
        let gpkg = export(&site, kind, Format::Gpkg, &folder).await;
        let table = kind.name().replace('-', "_");
        let text = ogrinfo(&["-ro", "-so", gpkg.to_str().expect("UTF-8"), &table]).await;
        assert!(text.contains(&format!("Feature Count: {count}\n")), "{text}");
        assert!(text.contains("using driver `GPKG' successful"), "{text}");
        for column in columns::of(kind).iter().filter(|column| !column.derived) {
            assert!(text.contains(&format!("\n{}: ", column.name)), "{}.{} in {text}", kind.name(), column.name);
        }
        let xlsx = export(&site, kind, Format::Xlsx, &folder).await;
        let text = ogrinfo(&["-ro", "-so", xlsx.to_str().expect("UTF-8"), kind.name()]).await;
        assert!(text.contains(&format!("Feature Count: {count}\n")), "{text}");
    }
    let gpkg = folder.join("premises.gpkg");
    let text = ogrinfo(&["-ro", "-so", gpkg.to_str().expect("UTF-8"), "premises"]).await;
    for field in
        ["Geometry: Point", "area_m2: Real", "accessible: Integer(Boolean)", "verified_on: Date", "EPSG\",4326"]
    {
        assert!(text.contains(field), "{field} in {text}");
    }
    // A text that begins like a formula is a text there.
    let text = ogrinfo(&["-ro", "-al", folder.join("organisations.xlsx").to_str().expect("UTF-8")]).await;
    assert!(text.contains("name (String) = =1+1\n"), "not as it was");
    let left: Vec<_> =
        std::fs::read_dir(&folder).expect("the folder").flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".pestor")), "{left:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_leaves_the_old_one() {
    let site = demo_site().await;
    let folder = folder("refused");
    let output = folder.join("absent/x.csv");
    let args = ExportArgs { kind: Kind::Premises, format: None, output };
    let error = command::run(&site.app.pool, &site.app.config, &args).await.expect_err("no such folder").to_string();
    assert!(error.contains("absent/x.csv"), "{error}");
    let args = ExportArgs { output: folder.join("x.doc"), ..args };
    let error = command::run(&site.app.pool, &site.app.config, &args).await.expect_err("no such format").to_string();
    assert!(error.contains("--format"), "{error}");
}

#[tokio::test]
async fn only_what_everybody_sees_goes_out() {
    let site = demo_site().await;
    site.sql("update offer set state = 'draft', name = 'Tajna oferta' where id in (select id from offer order by id limit 1)").await;
    site.sql("update equipment set state = 'hidden', name = 'Tajny sprzęt' where id in (select id from equipment order by id limit 1)").await;
    site.sql("update demand set state = 'pending', name = 'Tajna potrzeba' where id in (select id from demand order by id limit 1)").await;
    site.sql("insert into account (email, name, role) values ('jan@example.org', 'Jan Prywatny', 'resident')").await;
    site.sql(
        "update demand set organisation_id = null, unit_name = '', by_person = true, author_id = (select id from account where name = 'Jan Prywatny')
         where id = (select max(id) from demand where shown)",
    )
    .await;
    for kind in ["offers", "equipment", "demand"] {
        for ending in ["csv", "geojson", "atom"] {
            let text = site.get(&format!("/api/v1/{kind}.{ending}")).await.text();
            assert!(text.len() > 500 && !text.contains("Tajn") && !text.contains("Prywatny"), "{kind}.{ending}");
        }
        let text = site.get(&format!("/api/v1/{kind}?limit=1000")).await.text();
        assert!(!text.contains("Tajn") && !text.contains("Prywatny"), "{kind}");
    }
    assert!(site.get("/api/v1/demand.csv").await.text().contains(",mieszkaniec,"));
    let slug: String = sqlx::query_scalar("select slug from offer where state = 'draft'")
        .fetch_one(&site.app.pool)
        .await
        .expect("a slug");
    assert_eq!(site.get(&format!("/api/v1/offers/{slug}")).await.status, StatusCode::NOT_FOUND);
}
