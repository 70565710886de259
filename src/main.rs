//! The `pestor` program.
use pestor::{app, config::Settings, db, web::Site};
#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().init();
    let mut settings = Settings::from_env().expect("env");
    settings.demo = Some(true);
    let config = settings.into_config().expect("config");
    let pool = db::pool(db::options(&config.database_url).expect("url"));
    let app = app::App::new(config.clone(), pool.clone());
    let districts = pestor::districts::queries::of_municipality(&pool, "0463011").await.expect("d");
    app.set_site(Site {
        municipality: "Toruń".into(),
        teryt: "0463011".into(),
        bounds: [18.45, 52.95, 18.72, 53.07],
        districts,
        demo: true,
    });
    let listener = tokio::net::TcpListener::bind(config.listen).await.expect("bind");
    axum::serve(listener, app::router(app)).await.expect("serve");
}
