//! The catalogue as a graph, after DCAT-AP 3.0.1.

use super::rdf::{Node, Object};
use super::{Dataset, rdf};
use crate::app::App;
use crate::export::{Format, moment};
use crate::web::Lang;

/// Vocabularies of the Publications Office of the European Union.
const EU: &str = "http://publications.europa.eu/resource/authority";

/// Media types of IANA.
const IANA: &str = "https://www.iana.org/assignments/media-types";

/// Words in both languages.
fn words(node: Node, name: &'static str, key: &str) -> Node {
    [Lang::Pl, Lang::En].into_iter().fold(node, |node, lang| node.with(name, Object::Words(lang.t(key), lang.tag())))
}

/// File type of the EU's list, and media type of IANA, by ending.
fn types(ending: &str) -> (&'static str, &'static str) {
    match ending {
        "csv" => ("CSV", "text/csv"),
        "xlsx" => ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        "geojson" => ("GEOJSON", "application/geo+json"),
        "gpkg" => ("GPKG", "application/geopackage+sqlite3"),
        _ => ("ATOM", "application/atom+xml"),
    }
}

/// Everything that the catalogue says, for a site with this address.
pub fn graph(app: &App, base: &str, datasets: &[Dataset]) -> Vec<Node> {
    let site = app.site();
    let settings = &app.config.open_data;
    let catalogue = format!("{base}/dane/katalog");
    let publisher = format!("{base}/dane#wydawca");
    let contact = format!("{base}/dane#kontakt");
    let place = format!("{base}/dane#obszar");
    let languages = [("POL", "polski"), ("ENG", "English")];
    let mut nodes = vec![
        Node::new(&publisher, "foaf:Agent")
            .with("foaf:name", Object::Words(settings.publisher(&site.municipality), "pl")),
        Node::new(&place, "dct:Location").with("dcat:bbox", bounds(site.bounds)),
        Node::new(&settings.licence_url, "dct:LicenseDocument").text("dct:title", &settings.licence),
        Node::new(format!("{EU}/data-theme/SOCI"), "skos:Concept")
            .to("skos:inScheme", format!("{EU}/data-theme"))
            .with("skos:prefLabel", Object::Words("Ludność i społeczeństwo".to_owned(), "pl")),
        Node::new(format!("{EU}/data-theme"), "skos:ConceptScheme")
            .with("dct:title", Object::Words("Data theme".to_owned(), "en")),
        Node::new(format!("{EU}/frequency/UPDATE_CONT"), "dct:Frequency"),
        Node::new(format!("{EU}/access-right/PUBLIC"), "dct:RightsStatement"),
        Node::new(format!("{base}/dane"), "foaf:Document"),
    ];
    nodes.extend(languages.map(|(code, _)| Node::new(format!("{EU}/language/{code}"), "dct:LinguisticSystem")));
    if !settings.contact_email.is_empty() {
        // The shapes ask for this class itself; they know nothing of its subclasses.
        let card = Node::new(&contact, "vcard:Kind").text("vcard:fn", settings.publisher(&site.municipality));
        nodes.push(card.to("vcard:hasEmail", format!("mailto:{}", settings.contact_email)));
    }
    let mut catalog = words(Node::new(&catalogue, "dcat:Catalog"), "dct:title", "catalogue-title");
    catalog = words(catalog, "dct:description", "catalogue-intro")
        .to("dct:publisher", &publisher)
        .to("dct:license", &settings.licence_url)
        .to("foaf:homepage", format!("{base}/dane"))
        .to("dct:spatial", &place)
        .to("dcat:themeTaxonomy", format!("{EU}/data-theme"));
    for (code, _) in languages {
        catalog = catalog.to("dct:language", format!("{EU}/language/{code}"));
    }
    if let Some(at) = datasets.iter().filter_map(|dataset| dataset.updated_at).max() {
        catalog = catalog.with("dct:modified", Object::Typed(moment(at), "xsd:dateTime"));
    }
    let about = |path: &str, title: &str, description: &str| {
        let node = words(Node::new(format!("{base}{path}"), "dcat:DataService"), "dct:title", title);
        words(node, "dct:description", description)
            .to("dcat:endpointURL", format!("{base}{path}"))
            .to("dct:license", &settings.licence_url)
            .to("dct:publisher", &publisher)
            .to("dct:accessRights", format!("{EU}/access-right/PUBLIC"))
    };
    let mut services = [
        about("/api/v1", "catalogue-api", "catalogue-api-about")
            .to("dcat:endpointDescription", format!("{base}/api/v1/openapi.json")),
        about("/ogc/", "catalogue-ogc", "catalogue-ogc-about")
            .to("dcat:endpointDescription", format!("{base}/ogc/api")),
    ];
    for dataset in datasets {
        let name = dataset.kind.name();
        let own = format!("{base}/dane#{name}");
        catalog = catalog.to("dcat:dataset", &own);
        let mut node = words(Node::new(&own, "dcat:Dataset"), "dct:title", &format!("data-title-{name}"));
        node = words(node, "dct:description", &format!("data-about-{name}"))
            .text("dct:identifier", &own)
            .to("dct:publisher", &publisher)
            .to("dcat:theme", format!("{EU}/data-theme/SOCI"))
            .to("dct:accrualPeriodicity", format!("{EU}/frequency/UPDATE_CONT"))
            .to("dct:accessRights", format!("{EU}/access-right/PUBLIC"))
            .to("dct:spatial", &place)
            .to("dct:language", format!("{EU}/language/POL"))
            .to("dcat:landingPage", format!("{base}/dane"));
        if !settings.contact_email.is_empty() {
            node = node.to("dcat:contactPoint", &contact);
        }
        if let Some(at) = dataset.updated_at {
            node = node.with("dct:modified", Object::Typed(moment(at), "xsd:dateTime"));
        }
        for ending in dataset.endings() {
            let url = format!("{base}{}", dataset.file(ending));
            let (file_type, media_type) = types(ending);
            node = node.to("dcat:distribution", format!("{own}-{ending}"));
            let title = format!("download-{ending}");
            let distribution = words(Node::new(format!("{own}-{ending}"), "dcat:Distribution"), "dct:title", &title)
                .to("dcat:accessURL", &url)
                .to("dcat:downloadURL", &url)
                .to("dct:license", &settings.licence_url)
                .to("dct:format", format!("{EU}/file-type/{file_type}"))
                .to("dcat:mediaType", format!("{IANA}/{media_type}"))
                .to("dcatap:availability", format!("{EU}/planned-availability/STABLE"));
            nodes.push(distribution);
        }
        let [api, ogc] = services;
        services = [
            api.to("dcat:servesDataset", &own),
            if dataset.is_collection() { ogc.to("dcat:servesDataset", &own) } else { ogc },
        ];
        nodes.push(node);
    }
    for ending in Format::ALL.map(Format::ending).into_iter().chain(["atom"]) {
        let (file_type, media_type) = types(ending);
        nodes.push(Node::new(format!("{EU}/file-type/{file_type}"), "dct:MediaTypeOrExtent"));
        nodes.push(Node::new(format!("{IANA}/{media_type}"), "dct:MediaType"));
    }
    nodes.push(
        Node::new(format!("{EU}/planned-availability/STABLE"), "skos:Concept")
            .with("skos:prefLabel", Object::Words("stable".to_owned(), "en"))
            .to("skos:inScheme", format!("{EU}/planned-availability")),
    );
    nodes.push(
        Node::new(format!("{EU}/planned-availability"), "skos:ConceptScheme")
            .with("dct:title", Object::Words("Planned availability".to_owned(), "en")),
    );
    for service in services {
        nodes.push(service);
    }
    for path in ["/api/v1", "/ogc/"] {
        catalog = catalog.to("dcat:service", format!("{base}{path}"));
    }
    nodes.insert(0, catalog);
    nodes
}

/// A box as GeoSPARQL writes it, longitude first.
fn bounds([west, south, east, north]: [f64; 4]) -> Object {
    let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    let corners: Vec<String> = corners.iter().map(|(x, y)| format!("{x} {y}")).collect();
    Object::Typed(format!("POLYGON(({}))", corners.join(",")), "geo:wktLiteral")
}

/// A way of writing the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Turtle.
    Turtle,
    /// RDF/XML.
    Xml,
    /// JSON-LD.
    JsonLd,
}

impl Writing {
    /// Media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Turtle => "text/turtle; charset=utf-8",
            Self::Xml => "application/rdf+xml; charset=utf-8",
            Self::JsonLd => "application/ld+json",
        }
    }

    /// The graph in it.
    pub fn write(self, nodes: &[Node]) -> String {
        match self {
            Self::Turtle => rdf::turtle(nodes),
            Self::Xml => rdf::xml(nodes),
            Self::JsonLd => rdf::json_ld(nodes),
        }
    }
}
