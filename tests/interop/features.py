"""Reads every collection of an OGC API – Features page by page with owslib, and compares what it got with what it was told."""

import sys

from owslib.ogcapi.features import Features

service = Features(sys.argv[1])
classes = service.conformance()["conformsTo"]
assert any(one.endswith("/ogcapi-features-2/1.0/conf/crs") for one in classes), classes
assert service.api()["openapi"].startswith("3.0"), "an OpenAPI 3.0 document"
collections = service.feature_collections()
assert len(collections) >= 5, collections
for name in collections:
    told = service.collection_items(name, limit=1)["numberMatched"]
    ids, keys, offset = set(), None, 0
    while offset < told:
        page = service.collection_items(name, limit=20, offset=offset)
        for feature in page["features"]:
            ids.add(feature["id"])
            keys = keys or set(feature["properties"])
            assert set(feature["properties"]) == keys, (name, feature["id"])
        offset += page["numberReturned"]
    assert len(ids) == told, (name, len(ids), told)
    one = service.collection_item(name, next(iter(ids)))
    assert one["type"] == "Feature", one
    print(f"{name}: {told} features, {len(keys)} properties each")
