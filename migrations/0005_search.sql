-- What the search box needs besides the records' own search_text.
create function search_fits(value text, first text, second text, forgiving boolean) returns boolean
    language sql stable parallel safe
    return value like '%' || first || '%' and value like '%' || second || '%'
        or forgiving and first <% value and second <% value;
comment on function search_fits(text, text, text, boolean) is 'True when folded text holds both words, or, forgiving, something like them; short enough to be inlined, so that the trigram indexes serve it.';

create index schematic_feature_search_idx on schematic_feature using gin (fold(name) gin_trgm_ops)
    where kind in ('street', 'bridge');
create index district_search_idx on district using gin (fold(name) gin_trgm_ops);
