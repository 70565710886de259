//! A small graph and its three ways of writing: Turtle, RDF/XML and JSON-LD.

use serde_json::{Map, Value, json};

use crate::export::escape;

/// Prefixes of the names that graphs use.
pub const PREFIXES: [(&str, &str); 11] = [
    ("adms", "http://www.w3.org/ns/adms#"),
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dcatap", "http://data.europa.eu/r5r/"),
    ("dct", "http://purl.org/dc/terms/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("geo", "http://www.opengis.net/ont/geosparql#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// What a property has.
#[derive(Debug, Clone)]
pub enum Object {
    /// Something with an address.
    Iri(String),
    /// Words, in a language.
    Words(String, &'static str),
    /// A value of a type, which is a name with a prefix.
    Typed(String, &'static str),
}

/// Something with an address, its class and properties; names have prefixes.
#[derive(Debug, Clone)]
pub struct Node {
    iri: String,
    class: &'static str,
    properties: Vec<(&'static str, Object)>,
}

impl Node {
    /// Something of a class.
    pub fn new(iri: impl Into<String>, class: &'static str) -> Self {
        Self { iri: iri.into(), class, properties: Vec::new() }
    }

    /// With one more property.
    #[must_use]
    pub fn with(mut self, name: &'static str, object: Object) -> Self {
        self.properties.push((name, object));
        self
    }

    /// With a property that leads to something.
    #[must_use]
    pub fn to(self, name: &'static str, iri: impl Into<String>) -> Self {
        self.with(name, Object::Iri(iri.into()))
    }

    /// With a text that belongs to no language.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Object::Typed(text.into(), "xsd:string"))
    }
}

/// Address behind a name with a prefix.
fn full(name: &str) -> String {
    let (prefix, rest) = name.split_once(':').unwrap_or(("", name));
    PREFIXES
        .iter()
        .find(|(known, _)| *known == prefix)
        .map_or_else(|| name.to_owned(), |(_, iri)| format!("{iri}{rest}"))
}

/// An address without what could end it: such characters are percent-encoded.
fn iri(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() || " <>\"{}|\\^`".contains(c) {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().for_each(|byte| out.push_str(&format!("%{byte:02X}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// Turtle (W3C, 2014).
pub fn turtle(nodes: &[Node]) -> String {
    let mut out: String = PREFIXES.iter().map(|(prefix, iri)| format!("@prefix {prefix}: <{iri}> .\n")).collect();
    for node in nodes {
        out.push_str(&format!("\n<{}> a {}", iri(&node.iri), node.class));
        for (name, object) in &node.properties {
            // What JSON escapes, Turtle does too.
            let words = |text: &str| Value::from(text).to_string();
            let object = match object {
                Object::Iri(to) => format!("<{}>", iri(to)),
                Object::Words(text, lang) => format!("{}@{lang}", words(text)),
                Object::Typed(text, "xsd:string") => words(text),
                Object::Typed(text, kind) => format!("{}^^{kind}", words(text)),
            };
            out.push_str(&format!(" ;\n    {name} {object}"));
        }
        out.push_str(" .\n");
    }
    out
}

/// RDF/XML (W3C, 2014).
pub fn xml(nodes: &[Node]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rdf:RDF");
    for (prefix, iri) in PREFIXES {
        out.push_str(&format!("\n    xmlns:{prefix}=\"{iri}\""));
    }
    out.push_str(">\n");
    for node in nodes {
        out.push_str(&format!("<{} rdf:about=\"{}\">\n", node.class, escape(&iri(&node.iri))));
        for (name, object) in &node.properties {
            let line = match object {
                Object::Iri(to) => format!("<{name} rdf:resource=\"{}\"/>", escape(&iri(to))),
                Object::Words(text, lang) => format!("<{name} xml:lang=\"{lang}\">{}</{name}>", escape(text)),
                Object::Typed(text, "xsd:string") => format!("<{name}>{}</{name}>", escape(text)),
                Object::Typed(text, kind) => {
                    format!("<{name} rdf:datatype=\"{}\">{}</{name}>", escape(&full(kind)), escape(text))
                }
            };
            out.push_str(&format!("    {line}\n"));
        }
        out.push_str(&format!("</{}>\n", node.class));
    }
    out.push_str("</rdf:RDF>\n");
    out
}

/// JSON-LD 1.1 (W3C, 2020).
pub fn json_ld(nodes: &[Node]) -> String {
    let graph: Vec<Value> = nodes
        .iter()
        .map(|node| {
            let mut object = Map::new();
            object.insert("@id".to_owned(), iri(&node.iri).into());
            object.insert("@type".to_owned(), node.class.into());
            for (name, value) in &node.properties {
                let value = match value {
                    Object::Iri(to) => json!({ "@id": iri(to) }),
                    Object::Words(text, lang) => json!({ "@value": text, "@language": lang }),
                    Object::Typed(text, "xsd:string") => json!(text),
                    Object::Typed(text, kind) => json!({ "@value": text, "@type": kind }),
                };
                let values = object.entry((*name).to_owned()).or_insert_with(|| json!([]));
                if let Some(values) = values.as_array_mut() {
                    values.push(value);
                }
            }
            Value::Object(object)
        })
        .collect();
    let context: Map<String, Value> = PREFIXES.iter().map(|(prefix, iri)| ((*prefix).to_owned(), json!(iri))).collect();
    json!({ "@context": context, "@graph": graph }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_in_three_ways() {
        let nodes = [Node::new("https://a.example/x y", "dcat:Dataset")
            .with("dct:title", Object::Words("„A” & \"B\"\n".to_owned(), "pl"))
            .with("dct:modified", Object::Typed("2026-11-22".to_owned(), "xsd:date"))
            .to("dct:license", "https://b.example/>")];
        let text = turtle(&nodes);
        assert!(
            text.contains("<https://a.example/x%20y> a dcat:Dataset ;\n    dct:title \"„A” & \\\"B\\\"\\n\"@pl ;"),
            "{text}"
        );
        assert!(text.contains("\"2026-11-22\"^^xsd:date") && text.contains("<https://b.example/%3E>"), "{text}");
        let text = xml(&nodes);
        assert!(text.contains("<dct:title xml:lang=\"pl\">„A” &amp; &quot;B&quot;\n</dct:title>"), "{text}");
        assert!(text.contains("rdf:datatype=\"http://www.w3.org/2001/XMLSchema#date\""), "{text}");
        let json: Value = serde_json::from_str(&json_ld(&nodes)).expect("JSON");
        assert_eq!(json["@graph"][0]["dct:title"][0]["@language"], "pl");
    }
}
