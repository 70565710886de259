-- What the search box looks through besides the records' own search_text.
create index schematic_feature_search_idx on schematic_feature using gin (fold(name) gin_trgm_ops)
    where kind in ('street', 'bridge');
create index district_search_idx on district using gin (fold(name) gin_trgm_ops);
