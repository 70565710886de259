-- Text that a filter looks for, as a pattern: its own % and _ mean themselves, and the trigram indexes can be used.
create function pattern(value text) returns text
    language sql immutable strict parallel safe
    return '%' || regexp_replace(public.fold(value), '([\\%_])', '\\\1', 'g') || '%';
comment on function pattern(text) is 'LIKE pattern for texts that contain this one, folded.';
