//! What is done without being asked: every node looks every few seconds; what is due is done once, whoever is first.

use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::error::Result;
use crate::{accounts, contact, exchange, intake, media, notices, organisations};

/// How often to look.
const LOOK: Duration = Duration::from_secs(10);

/// Runs until `stop` holds true.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        run_due(&app).await;
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Does everything that is due now. One job that fails keeps no other from being done.
pub async fn run_due(app: &App) {
    let say = |job: &str, done: Result<()>| {
        if let Err(error) = done {
            tracing::warn!(%error, job, "a job has to be tried again");
        }
    };
    say("accounts", accounts::retention::run_due(app).await);
    say("demand", exchange::demand::run_due(app).await);
    say("loans", exchange::loans::run_due(app).await);
    say("stale profiles", organisations::verification::run_due(app).await);
    say("conversations", contact::run_due(app).await);
    say("media", media::delete_unused(&app.pool).await.map(|_| ()));
    say("imports", intake::queries::forget(&app.pool, intake::work::REPORT_DAYS).await);
    say("notices", notices::run_due(app).await);
}
