//! A standby from which the map's rows are read, to spare the primary. It may be behind: it is never read before it has come
//! as far as the primary announced.

use std::time::Duration;

use sqlx::{PgPool, Postgres, Transaction};
use tokio::time::{sleep, timeout};

use super::queries::{self, Versions};
use crate::error::Result;

/// How long the map waits for a replica that is behind before it is read from the primary.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How long it waits once the replica has failed it, until the replica keeps up again.
const DOUBT: Duration = Duration::from_millis(250);

/// Pauses between two looks at a replica that is behind grow up to this.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// A database as it is at one moment.
pub struct Snapshot {
    /// Sees that moment and nothing later.
    pub transaction: Transaction<'static, Postgres>,
    /// The versions that the layers' rows have there.
    pub versions: Versions,
}

impl Snapshot {
    /// Begins to read a database as it is now.
    pub async fn begin(pool: &PgPool) -> Result<Self> {
        let mut transaction = pool.begin_with("begin isolation level repeatable read read only").await?;
        queries::prepare(&mut transaction).await?;
        let versions = queries::versions(&mut transaction).await?;
        Ok(Self { transaction, versions })
    }
}

/// The standby, and what to expect of it.
pub struct Replica {
    pool: PgPool,
    patience: Duration,
    trust: Trust,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// It is waited for.
    Full,
    /// It was behind or away for too long: it is asked, but hardly waited for.
    Little,
    /// Its rows could not be read: the next time it is not even asked.
    None,
}

impl Replica {
    /// A standby that is waited for so long when it is behind ([`PATIENCE`]).
    pub fn new(pool: PgPool, patience: Duration) -> Self {
        Self { pool, patience, trust: Trust::Full }
    }

    /// The replica when it has come at least as far as was announced; nothing where the primary is to be read instead,
    /// which is logged once until the replica keeps up again.
    pub async fn at_least(&mut self, announced: &Versions) -> Option<Snapshot> {
        let patience = match self.trust {
            Trust::Full => self.patience,
            Trust::Little => self.patience.min(DOUBT),
            Trust::None => {
                self.trust = Trust::Little;
                return None;
            }
        };
        let reason = match timeout(patience, self.wait_for(announced)).await {
            Ok(Ok(snapshot)) => {
                if self.trust != Trust::Full {
                    tracing::info!("the map is read from the replica again");
                }
                self.trust = Trust::Full;
                return Some(snapshot);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it is behind".to_owned(),
        };
        if self.trust == Trust::Full {
            tracing::warn!(reason, "the map is read from the primary until the replica keeps up");
        }
        self.trust = Trust::Little;
        None
    }

    /// The next time the primary is read: a standby may end what was begun there (a conflict with its recovery), again and again.
    pub fn failed(&mut self) {
        self.trust = Trust::None;
    }

    /// Versions are replicated in the transactions of the rows they count, so they say how far the replica has come.
    async fn wait_for(&self, announced: &Versions) -> Result<Snapshot> {
        let mut pause = Duration::from_millis(2);
        loop {
            let snapshot = Snapshot::begin(&self.pool).await?;
            let number = |layer| snapshot.versions.get(layer).map_or(0, |version| version.number);
            if announced.iter().all(|(layer, version)| number(layer) >= version.number) {
                return Ok(snapshot);
            }
            snapshot.transaction.rollback().await?;
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
