//! SQL of the search.

use sqlx::PgPool;

use super::Query;
use crate::error::Result;

/// How like a word must be to one of the text to count as the same with typing errors (0 to 1). "fundcja" is 0.67 like
/// "fundacja", two letters changed round in a word of seven give 0.38.
const LIKENESS: &str = "0.35";

/// Something found.
#[derive(Debug)]
pub(super) struct Hit {
    /// What it is.
    pub kind: String,
    /// Path of its page without the first slash; none for places.
    pub item: Option<String>,
    /// Its name.
    pub label: String,
    /// Legal form, kind or status, by code.
    pub code: Option<String>,
    /// Its address, whose it is, or the town it lies in.
    pub note: Option<String>,
    /// Usable area of premises, m².
    pub area_m2: Option<f64>,
    /// Degrees, WGS 84.
    pub lon: Option<f64>,
    /// Degrees, WGS 84.
    pub lat: Option<f64>,
    /// West, south, east, north of what has an extent.
    pub bbox: Option<Vec<f64>>,
}

/// What fits the text best, best first.
///
/// # Errors
/// The database fails.
pub(super) async fn search(pool: &PgPool, text: &str, limit: i64) -> Result<Vec<Hit>> {
    // Both settings hold until the end of the transaction. A plan made for these very words knows how rare they are.
    let mut tx = pool.begin().await?;
    let folded = sqlx::query!(
        r#"select fold($1) as "text!", set_config('pg_trgm.word_similarity_threshold', $2, true) as likeness,
            set_config('plan_cache_mode', 'force_custom_plan', true) as plans"#,
        text,
        LIKENESS
    )
    .fetch_one(&mut *tx)
    .await?
    .text;
    let Some(query) = Query::parse(&folded) else { return Ok(Vec::new()) };
    // Somebody who makes no mistake gets no lookalikes; an address that nobody has still leads to its street.
    let mut hits = Vec::new();
    for (query, forgiving) in query.attempts() {
        let [first, second] = match forgiving {
            true => {
                let like = sqlx::query!(
                    r#"select words_like($1) as "first!", words_like($2) as "second!""#,
                    query.street[0],
                    query.street[1]
                );
                let like = like.fetch_one(&mut *tx).await?;
                [like.first, like.second]
            }
            false => Default::default(),
        };
        hits = sqlx::query_file_as!(
            Hit,
            "src/search/search.sql",
            &query.words,
            query.longest[0],
            query.longest[1],
            forgiving,
            query.has_digit,
            limit,
            query.number,
            query.street[0],
            query.street[1],
            &first,
            &second
        )
        .fetch_all(&mut *tx)
        .await?;
        if !hits.is_empty() {
            break;
        }
    }
    tx.commit().await?;
    Ok(hits)
}
