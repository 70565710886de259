"""Checks catalogues by the SHACL shapes of DCAT-AP: catalogue.py SHAPES FILE.ttl|.rdf|.jsonld …"""

import sys

from pyshacl import validate
from rdflib import Graph, Namespace

SHACL = Namespace("http://www.w3.org/ns/shacl#")
FORMS = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}

shapes = Graph().parse(sys.argv[1])
# The official file of 3.0.1 names two shapes of properties that it does not have; pyshacl stops at them.
absent = [(s, p, o) for s, p, o in shapes.triples((None, SHACL.property, None)) if (o, None, None) not in shapes]
for triple in absent:
    shapes.remove(triple)
print(f"{len(shapes)} triples of shapes, {len(absent)} references to shapes that are not in the file passed over")
sizes = set()
for name in sys.argv[2:]:
    data = Graph().parse(name, format=FORMS[name.rsplit(".", 1)[1]])
    conforms, _, report = validate(data, shacl_graph=shapes)
    print(f"{name}: {len(data)} triples, conforms: {conforms}")
    if not conforms or len(data) < 200:
        sys.exit(report)
    sizes.add(len(data))
if len(sizes) > 1:
    sys.exit(f"the same catalogue has several sizes: {sizes}")
