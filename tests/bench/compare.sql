-- What a seed made, beside what we hold of it: how many, and how many with the same identifier, geometry and text.
set statement_timeout = 0;
select 'organisations', (select count(*) from seed.organisations), (select count(*) from organisation),
    (select count(*) from seed.organisations s join organisation o on o.slug = s.id and o.name = s.name and st_asbinary(o.point) = st_asbinary(s.geom))
union all
select 'support', (select count(*) from seed.support), (select count(*) from support_institution),
    (select count(*) from seed.support s join support_institution o on o.slug = s.id and o.name = s.name and o.website = s.url
        and st_asbinary(o.point) = st_asbinary(s.geom))
union all
select 'premises', (select count(*) from seed.premises), (select count(*) from premises),
    (select count(*) from seed.premises s join premises p on p.slug = s.id and p.name = s.address and p.area_m2 = s.area_m2
        and st_asbinary(p.footprint) = st_asbinary(st_multi(s.geom)) and st_intersects(p.footprint, p.point)
        join premises_period d on d.premises_id = p.id and d.valid @> current_date and d.status = s.status)
union all
select 'offers', (select coalesce(sum(offers_count), 0) from seed.organisations), (select count(*) from offer), (select count(*) from offer)
union all
select 'demand', (select coalesce(sum(demand_count), 0) from seed.organisations), (select count(*) from demand), (select count(*) from demand);
