//! File, environment and flags become one [`Config`], once, at the start.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::export::settings::OpenData;
use crate::mail::settings::{Mail, MailSettings};
use crate::premises::rent::RentPolicy;

/// A string that never shows in logs.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Everything the server needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// PostgreSQL connection address.
    pub database_url: Secret,
    /// Address of a standby of that database, from which the map's rows are read; none = they are read from the database itself.
    pub replica_url: Option<Secret>,
    /// TERYT code of the gmina the map opens on; none = the only one, or the extent of all.
    pub municipality: Option<String>,
    /// Public address of the site (`https://pes.example.org`), for absolute links; none = taken from the request.
    pub base_url: Option<String>,
    /// Proxies before the server, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// True when officials and administrators must have a second factor; usually so, but not in the demo.
    pub second_factor_required: bool,
    /// True in the demo: every screen says that the data is made up.
    pub demo: bool,
    /// Upper bound of the tile cache, MiB; 0 turns it off.
    pub tile_cache_mb: u64,
    /// Folder with pictures; none = there are none.
    pub media_dir: Option<PathBuf>,
    /// Where mails come from and where they go.
    pub mail: Mail,
    /// Basemaps offered beside the schematic one.
    pub basemaps: Vec<Basemap>,
    /// Sites that may show the map in a frame: `https://host`, or `*` for any; none = nobody may.
    pub embed_hosts: Vec<String>,
    /// What the rent of municipal premises depends on, by municipality.
    pub rent_policies: Vec<RentPolicy>,
    /// Publisher and licence of the data that goes out.
    pub open_data: OpenData,
}

impl Config {
    /// True when the site's public address is `https://`.
    pub fn is_https(&self) -> bool {
        self.base_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// A basemap people can switch to.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Basemap {
    /// Name in the web address.
    pub id: String,
    /// How it is drawn.
    pub kind: BasemapKind,
    /// Polish name in the switch.
    pub label_pl: String,
    /// English name in the switch.
    pub label_en: String,
    /// Style document (`style`), PMTiles file or address (`pmtiles`), MBTiles file (`mbtiles`), or tile template with `{z}/{x}/{y}` (`raster`, also WMTS).
    pub url: String,
    /// Who made it, as the licence asks.
    #[serde(default)]
    pub attribution: String,
    /// Polish word on what switching to it tells whom.
    #[serde(default)]
    pub note_pl: String,
    /// English word on what switching to it tells whom.
    #[serde(default)]
    pub note_en: String,
    /// Further origins its style loads from (`https://tiles.example.org`), allowed in the page's security policy.
    #[serde(default)]
    pub origins: Vec<String>,
}

/// How a basemap is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BasemapKind {
    /// A MapLibre style document.
    Style,
    /// A PMTiles archive, raster or vector in the Protomaps schema.
    Pmtiles,
    /// An MBTiles file that `pestor basemap build` made.
    Mbtiles,
    /// Raster tiles by template (XYZ or WMTS).
    Raster,
}

impl Basemap {
    /// The file on this server behind a `pmtiles` or `mbtiles` basemap, where it is one.
    pub fn local_file(&self) -> Option<&Path> {
        let may_be_file = matches!(self.kind, BasemapKind::Pmtiles | BasemapKind::Mbtiles);
        (may_be_file && !self.url.contains("://")).then(|| Path::new(&self.url))
    }

    /// Origins that a browser contacts for it.
    pub fn origins(&self) -> impl Iterator<Item = String> + '_ {
        origin(&self.url).into_iter().chain(self.origins.iter().filter_map(|url| origin(url)))
    }
}

/// Scheme, host and port of an address; nothing for a relative one or one that could break out of a header.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#', '{']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]*".contains(c);
    (matches!(scheme, "http" | "https") && !host.is_empty() && host.chars().all(plain))
        .then(|| format!("{scheme}://{host}"))
}

/// Settings of one source (file, environment or flags); what is absent is left to the next.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// See [`Config::listen`].
    pub listen: Option<SocketAddr>,
    /// See [`Config::database_url`].
    pub database_url: Option<Secret>,
    /// See [`Config::replica_url`].
    pub replica_url: Option<Secret>,
    /// See [`Config::municipality`].
    pub municipality: Option<String>,
    /// See [`Config::base_url`].
    pub base_url: Option<String>,
    /// See [`Config::trusted_proxies`].
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
    /// See [`Config::second_factor_required`].
    pub second_factor_required: Option<bool>,
    /// See [`Config::demo`].
    pub demo: Option<bool>,
    /// See [`Config::tile_cache_mb`].
    pub tile_cache_mb: Option<u64>,
    /// See [`Config::media_dir`].
    pub media_dir: Option<PathBuf>,
    /// See [`Config::mail`].
    #[serde(default)]
    pub mail: MailSettings,
    /// See [`Config::basemaps`].
    #[serde(default)]
    pub basemaps: Vec<Basemap>,
    /// See [`Config::embed_hosts`].
    #[serde(default)]
    pub embed_hosts: Vec<String>,
    /// See [`Config::rent_policies`].
    #[serde(default)]
    pub rent_policies: Vec<RentPolicy>,
    /// See [`Config::open_data`].
    pub open_data: Option<OpenData>,
}

/// The settings make no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line and reason.
        source: Box<toml::de::Error>,
    },
    /// A value is wrong.
    #[error("{name}: {reason}")]
    Value {
        /// Name of the setting.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl Settings {
    /// Reads a TOML file. An absent file is an error only when `required`.
    ///
    /// # Errors
    /// The file cannot be read or holds an unknown or wrong setting.
    pub fn from_file(path: &Path, required: bool) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => Ok(Self::default()),
            Err(source) => Err(ConfigError::Read { path: path.to_owned(), source }),
        }
    }

    /// Reads `DATABASE_URL` and the `PESTOR_*` variables.
    ///
    /// # Errors
    /// A variable holds something that is no value of its setting.
    pub fn from_env() -> Result<Self, ConfigError> {
        fn read<T: std::str::FromStr>(name: &str) -> Result<Option<T>, ConfigError>
        where
            T::Err: std::fmt::Display,
        {
            match std::env::var(name) {
                Ok(text) if !text.is_empty() => text
                    .parse()
                    .map(Some)
                    .map_err(|error: T::Err| ConfigError::Value { name: name.to_owned(), reason: error.to_string() }),
                _ => Ok(None),
            }
        }
        Ok(Self {
            listen: read("PESTOR_LISTEN")?,
            database_url: read("DATABASE_URL")?.map(Secret),
            replica_url: read("PESTOR_REPLICA_URL")?.map(Secret),
            municipality: read("PESTOR_MUNICIPALITY")?,
            base_url: read("PESTOR_BASE_URL")?,
            second_factor_required: read("PESTOR_SECOND_FACTOR_REQUIRED")?,
            tile_cache_mb: read("PESTOR_TILE_CACHE_MB")?,
            media_dir: read("PESTOR_MEDIA_DIR")?,
            mail: MailSettings {
                from: read("PESTOR_MAIL_FROM")?,
                smtp_url: read("PESTOR_SMTP_URL")?.map(Secret),
                mail_dir: read("PESTOR_MAIL_DIR")?,
            },
            ..Self::default()
        })
    }

    /// Settings of `self` win over those of `lower`.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        Self {
            listen: self.listen.or(lower.listen),
            database_url: self.database_url.or(lower.database_url),
            replica_url: self.replica_url.or(lower.replica_url),
            municipality: self.municipality.or(lower.municipality),
            base_url: self.base_url.or(lower.base_url),
            trusted_proxies: if self.trusted_proxies.is_empty() { lower.trusted_proxies } else { self.trusted_proxies },
            second_factor_required: self.second_factor_required.or(lower.second_factor_required),
            demo: self.demo.or(lower.demo),
            tile_cache_mb: self.tile_cache_mb.or(lower.tile_cache_mb),
            media_dir: self.media_dir.or(lower.media_dir),
            mail: self.mail.over(lower.mail),
            basemaps: if self.basemaps.is_empty() { lower.basemaps } else { self.basemaps },
            embed_hosts: if self.embed_hosts.is_empty() { lower.embed_hosts } else { self.embed_hosts },
            rent_policies: if self.rent_policies.is_empty() { lower.rent_policies } else { self.rent_policies },
            open_data: self.open_data.or(lower.open_data),
        }
    }

    /// Fills what is left with defaults and checks the whole.
    ///
    /// # Errors
    /// No database, a malformed TERYT code or base address, mails that cannot go where they should, two basemaps of one name.
    pub fn into_config(self) -> Result<Config, ConfigError> {
        let wrong = |name: &str, reason: &str| ConfigError::Value { name: name.to_owned(), reason: reason.to_owned() };
        let config = Config {
            listen: self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            database_url: self.database_url.ok_or_else(|| {
                wrong("DATABASE_URL", "not set; it names the PostGIS database (postgres://user@host/name)")
            })?,
            replica_url: self.replica_url,
            municipality: self.municipality,
            base_url: self.base_url.map(|url| url.trim_end_matches('/').to_owned()),
            trusted_proxies: self.trusted_proxies,
            second_factor_required: self.second_factor_required.unwrap_or(!self.demo.unwrap_or(false)),
            demo: self.demo.unwrap_or(false),
            tile_cache_mb: self.tile_cache_mb.unwrap_or(64),
            media_dir: self.media_dir,
            mail: self.mail.into_mail()?,
            basemaps: self.basemaps,
            embed_hosts: self.embed_hosts,
            rent_policies: self.rent_policies,
            open_data: self.open_data.unwrap_or_default(),
        };
        if config.municipality.as_ref().is_some_and(|t| t.len() != 7 || !t.bytes().all(|b| b.is_ascii_digit())) {
            return Err(wrong("municipality", "a TERYT code has seven digits (Toruń: 0463011)"));
        }
        if config.base_url.as_ref().is_some_and(|url| origin(url).as_ref() != Some(url)) {
            return Err(wrong("base_url", "must look like https://host, without a path"));
        }
        if let Some(host) = config.embed_hosts.iter().find(|host| *host != "*" && origin(host).as_ref() != Some(host)) {
            return Err(wrong("embed_hosts", &format!("{host}: must look like https://host, without a path, or be *")));
        }
        for (i, basemap) in config.basemaps.iter().enumerate() {
            if basemap.id == "schematic" || config.basemaps[..i].iter().any(|other| other.id == basemap.id) {
                return Err(wrong("basemaps", &format!("the id {} is taken", basemap.id)));
            }
            if basemap.kind == BasemapKind::Mbtiles && basemap.local_file().is_none() {
                return Err(wrong("basemaps", &format!("{}: url must be a file on this server", basemap.id)));
            }
            if basemap.local_file().is_none() && origin(&basemap.url).is_none() {
                return Err(wrong("basemaps", &format!("{}: url must start with http:// or https://", basemap.id)));
            }
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        toml::from_str(text).expect("valid settings")
    }

    #[test]
    fn upper_settings_win_and_defaults_fill() {
        let file =
            settings("database_url = 'postgres://file/x'\nlisten = '127.0.0.1:1'\nreplica_url = 'postgres://file/y'");
        let env = settings("database_url = 'postgres://env/x'");
        let config = env.over(file).into_config().expect("config");
        assert_eq!(config.database_url.0, "postgres://env/x");
        assert_eq!(config.listen.port(), 1);
        assert_eq!(config.tile_cache_mb, 64);
        assert_eq!(config.replica_url.as_ref().map(|url| url.0.as_str()), Some("postgres://file/y"));
        assert!(!format!("{config:?}").contains("postgres://"), "secrets stay hidden");
    }

    #[test]
    fn wrong_settings_name_themselves() {
        for (text, name) in [
            ("", "DATABASE_URL"),
            ("database_url = 'x'\nmunicipality = '46301'", "municipality"),
            ("database_url = 'x'\nbase_url = 'https://a.example/b'", "base_url"),
            (
                "database_url = 'x'\n[[basemaps]]\nid = 'a'\nkind = 'mbtiles'\nlabel_pl = 'A'\nlabel_en = 'A'\nurl = 'https://a.example/b'",
                "basemaps",
            ),
            ("database_url = 'x'\nembed_hosts = ['https://a.example/b']", "embed_hosts"),
            ("database_url = 'x'\nembed_hosts = [\"https://a.example; script-src *\"]", "embed_hosts"),
            ("database_url = 'x'\n[mail]\nsmtp_url = 'smtp://localhost'", "mail.from"),
            ("database_url = 'x'\n[mail]\nfrom = 'a@example.org'\nsmtp_url = 'imap://localhost'", "mail.smtp_url"),
        ] {
            let error = settings(text).into_config().expect_err("refused").to_string();
            assert!(error.starts_with(name), "{error}");
        }
        assert!(toml::from_str::<Settings>("lisen = '127.0.0.1:1'").is_err(), "unknown settings are refused");
    }

    #[test]
    fn origins_cannot_smuggle_policy() {
        assert_eq!(origin("https://tiles.example.org/a/{z}"), Some("https://tiles.example.org".into()));
        assert_eq!(origin("https://a;script-src *"), None);
        assert_eq!(origin("/basemap.pmtiles"), None);
    }
}
