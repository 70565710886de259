//! Shared state, the router, and the middleware in its order. The only place that knows all features.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use futures_util::future::Either;
use sqlx::PgPool;
use tokio::sync::Notify;
use tower::Service;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::access::routes::Rules;
use crate::access::{Listed, Routes, Rule, guard};
use crate::config::Config;
use crate::error::Error;
use crate::map::{self, Map};
use crate::web::{self, assets};
use crate::{
    accounts, admin, api, audit, basemap, catalogue, contact, exchange, info, intake, media, notices, ogc,
    organisations, panel, premises, questions, review, search, support,
};

/// What handlers share; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Settings.
    pub config: Arc<Config>,
    /// Connections to PostGIS.
    pub pool: PgPool,
    /// The map in memory.
    pub map: Arc<Map>,
    /// Basemaps in files of our own.
    pub basemaps: Arc<basemap::Basemaps>,
    /// Wakes [`crate::intake::work`] when a page gave it something to do.
    pub intake: Arc<Notify>,
    site: Arc<RwLock<Arc<web::Site>>>,
}

impl App {
    /// State before the first look into the database.
    pub fn new(config: Config, pool: PgPool) -> Self {
        let site = Arc::new(RwLock::new(Arc::new(web::Site::unknown(config.demo))));
        let map = Arc::new(Map::new(config.tile_cache_mb));
        let basemaps = Arc::new(basemap::Basemaps::new(&config.basemaps));
        Self { config: Arc::new(config), pool, map, basemaps, intake: Arc::default(), site }
    }

    /// The town as it was last read.
    pub fn site(&self) -> Arc<web::Site> {
        self.site.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Absolute address of a path, where no request says how the site was reached.
    pub fn absolute(&self, path: &str) -> String {
        match &self.config.base_url {
            Some(base) => format!("{base}{path}"),
            None => format!("http://{}{path}", self.config.listen),
        }
    }

    /// Replaces what is known about the town.
    pub fn set_site(&self, site: web::Site) {
        *self.site.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(site);
    }
}

/// The whole site: tiles that are ready are answered at once, everything else by the router.
#[derive(Clone)]
pub struct Site {
    app: App,
    router: Router,
}

impl Site {
    /// The site of a state.
    pub fn new(app: App) -> Self {
        Self { router: router(app.clone()), app }
    }
}

impl Service<Request> for Site {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, RouteFuture<Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match map::tiles::at_hand(&self.app, &request) {
            Some(response) => Either::Left(ready(Ok(response))),
            None => Either::Right(self.router.call(request)),
        }
    }
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it may take to send a large file from an office with a slow line.
const PATIENCE_WITH_FILES: Duration = Duration::from_secs(600);

fn within(patience: Duration) -> impl FnOnce(Router<App>) -> Router<App> {
    move |router| router.layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, patience))
}

/// All routes of the site beside tiles.
fn page_routes() -> Routes {
    Routes::new()
        .merge(accounts::routes())
        .merge(admin::routes())
        .merge(panel::routes())
        .merge(audit::routes())
        .merge(review::routes())
        .merge(map::routes::routes())
        .merge(basemap::routes::routes())
        .merge(organisations::routes::routes())
        .merge(support::routes())
        .merge(premises::routes())
        .merge(exchange::routes())
        .merge(contact::routes())
        .merge(questions::routes())
        .merge(search::routes())
        .merge(api::routes())
        .merge(ogc::routes())
        .merge(catalogue::routes())
        .merge(media::routes())
        .merge(notices::routes())
        .merge(info::routes())
        .get("/assets/{*path}", Rule::OPEN, assets::asset)
        .get("/favicon.svg", Rule::OPEN, async |headers| assets::fixed("favicon.svg", headers).await)
        .get("/robots.txt", Rule::OPEN, async |headers| assets::fixed("robots.txt", headers).await)
        .around(within(PATIENCE))
        .merge(intake::routes().around(within(PATIENCE_WITH_FILES)))
}

/// Every route with who may call it.
pub fn listed() -> Vec<Listed> {
    page_routes().merge(map::routes::tile_routes()).into_parts().1
}

fn router(app: App) -> Router {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let (pages, listed) = page_routes().into_parts();
    let (tiles, _) = map::routes::tile_routes().into_parts();
    pages
        .route_layer(from_fn_with_state((app.clone(), Rules::new(&listed)), guard::guard))
        .fallback(async || Error::NotFound("there is no such page".to_owned()))
        .layer(from_fn_with_state(app.clone(), web::page::error_page))
        .layer(from_fn(web::page::remember_language))
        // A PDF is compressed inside; once more takes long and gains nothing.
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("application/pdf"))),
        )
        .layer(CatchPanicLayer::custom(|_| Error::internal("a handler panicked").into_response()))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            web::security::content_security_policy(&app.config),
        ))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
        .layer(header(HeaderName::from_static("permissions-policy"), "geolocation=(self)"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        // Failures are logged where they are known best, in `error`.
        .layer(TraceLayer::new_for_http().on_failure(()))
        .merge(tiles)
        .with_state(app)
}
