-- The benchmark's made-up data, the same rows every time: psql -v scale=city|nation -f seed.sql
-- Towns with power-law weights, organisations, support institutions and premises scattered around them. The tables are as the
-- peers serve them; data.sql brings the rows into our schema. No name, place or number in it is anybody's.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;      -- keeps random() order fixed
CREATE EXTENSION IF NOT EXISTS postgis;
SELECT (:'scale' = 'nation') AS nation \gset
\if :nation
  \set n_org 150000
  \set n_sup 3000
  \set n_pre 400000
\else
  \set n_org 300
  \set n_sup 60
  \set n_pre 1000
\endif
SELECT setseed(0.424242) \g /dev/null

-- town centres with power-law weights; sigma = scatter in degrees of latitude
CREATE TABLE towns(id int PRIMARY KEY, lon float8, lat float8, w float8, sigma float8, cum float8);
\if :nation
INSERT INTO towns
  SELECT i, 14.3 + 9.7*random(), 49.2 + 5.5*random(), power(i, -1.0), 0.012 + 0.07*power(i, -0.5), 0
  FROM generate_series(1,300) i;
\else
INSERT INTO towns VALUES (1, 18.6060, 53.0105, 0.45, 0.004, 0), (2, 18.5880, 53.0190, 0.2, 0.006, 0),
                         (3, 18.6400, 53.0230, 0.2, 0.008, 0), (4, 18.5950, 52.9910, 0.15, 0.007, 0);
\endif
UPDATE towns t SET cum = c.cum FROM (SELECT id, sum(w) OVER (ORDER BY id)/sum(w) OVER () cum FROM towns) c WHERE c.id = t.id;
SELECT array_agg(cum ORDER BY id) AS cums FROM towns \gset

-- n seeded positions, clamped to the scale's bounding box
CREATE FUNCTION pg_temp.pos(n int, cums float8[]) RETURNS TABLE(i int, town int, lon float8, lat float8) LANGUAGE sql AS $$
  WITH r AS MATERIALIZED (
    SELECT g, random() a, random() b, random() c FROM generate_series(1, n) g),
  p AS MATERIALIZED (
    SELECT g, least(width_bucket(a, cums) + 1, cardinality(cums)) t,
           sqrt(-2*ln(1 - b))*cos(2*pi()*c) gx, sqrt(-2*ln(1 - b))*sin(2*pi()*c) gy FROM r)
  SELECT p.g, t.id, t.lon + gx*t.sigma*1.65, t.lat + gy*t.sigma FROM p JOIN towns t ON t.id = p.t ORDER BY p.g $$;
\if :nation
  \set bbox 'ST_MakeEnvelope(14.1,49.0,24.2,54.9,4326)'
\else
  \set bbox 'ST_MakeEnvelope(18.45,52.95,18.75,53.08,4326)'
\endif

CREATE TABLE organisations AS
SELECT md5('o'||i)::uuid AS id,
  (ARRAY['Spółdzielnia Socjalna','Fundacja','Stowarzyszenie','Zakład Aktywności','Przedsiębiorstwo Społeczne','Centrum Integracji'])[1+(i*7)%6]
   || ' „' || (ARRAY['Źródło','Słoneczna Łąka','Gęśla','Żuraw','Jaźń','Świetlik','Pomocna Dłoń','Kądziel','Ćwiczeniówka','Wiśnia'])[1+(i*13)%10]
   || '” ' || substr(md5('n'||i),1,6) AS name,
  (ARRAY['spoldzielnia_socjalna','fundacja','stowarzyszenie','ks','zaz','wtz','spolka_non_profit','kgw'])[1+floor(8*power(random(),1.6))::int] AS legal_form,
  array_to_string((ARRAY['gastronomia','opieka','edukacja','remonty','zielen','transport','rekodzielo','kultura','sport','turystyka','recykling','it','gastronomia','opieka','edukacja'])
    [1+i%12 : 1+i%12+floor(3*random())::int], ',') AS activity,
  random() < 0.6 AS accepts_orders,
  floor(12*power(random(),3))::int AS offers_count,
  floor(6*power(random(),3))::int AS demand_count,
  ST_SetSRID(ST_MakePoint(lon,lat),4326)::geometry(Point,4326) AS geom
FROM pg_temp.pos(:n_org, :'cums'::float8[]) p
WHERE ST_Intersects(ST_SetSRID(ST_MakePoint(lon,lat),4326), :bbox);

CREATE TABLE support AS
SELECT md5('s'||i)::uuid AS id,
  (ARRAY['OWES','Powiatowy Urząd Pracy','Miejski Ośrodek Pomocy','Inkubator','Centrum Wsparcia','Biblioteka'])[1+i%6] || ' nr ' || i AS name,
  (ARRAY['owes','pup','mops','inkubator','centrum','biblioteka'])[1+i%6] AS kind,
  'https://example.org/wsparcie/' || i AS url,
  ST_SetSRID(ST_MakePoint(lon,lat),4326)::geometry(Point,4326) AS geom
FROM pg_temp.pos(:n_sup, :'cums'::float8[]) p
WHERE ST_Intersects(ST_SetSRID(ST_MakePoint(lon,lat),4326), :bbox);

CREATE TABLE premises AS
WITH b AS MATERIALIZED (
  SELECT i, town, lon, lat, 7 + 6*random() h, 7 + 6*random() w, pi()*random() a, random() s, random() r, random() d
  FROM pg_temp.pos(:n_pre, :'cums'::float8[]) p)
SELECT md5('p'||i)::uuid AS id,
  'ul. ' || (ARRAY['Szeroka','Mostowa','Żeglarska','Chełmińska','Świętej Katarzyny','Łazienna','Kościuszki','Mickiewicza'])[1+i%8] || ' ' || (1+i%180) || '/' || (1+i%40) AS address,
  CASE WHEN s < 0.70 THEN 'occupied' WHEN s < 0.93 THEN 'free' ELSE 'reserved' END AS status,
  round((4*h*w)::numeric, 1) AS area_m2,
  (ARRAY['biuro','handel','magazyn','warsztat','gastronomia','uslugi'])[1+floor(6*r)::int] AS use_type,
  round((4*h*w*(8+30*d))::numeric, 2) AS rent,
  'dzielnica ' || town || '-' || (1+floor(8*d))::int AS district,
  ST_SetSRID(ST_MakePolygon(ST_MakeLine(ARRAY[
    ST_MakePoint(lon+(-w*cos(a)+h*sin(a))*k, lat+(-w*sin(a)-h*cos(a))/111320),
    ST_MakePoint(lon+( w*cos(a)+h*sin(a))*k, lat+( w*sin(a)-h*cos(a))/111320),
    ST_MakePoint(lon+( w*cos(a)-h*sin(a))*k, lat+( w*sin(a)+h*cos(a))/111320),
    ST_MakePoint(lon+(-w*cos(a)-h*sin(a))*k, lat+(-w*sin(a)+h*cos(a))/111320),
    ST_MakePoint(lon+(-w*cos(a)+h*sin(a))*k, lat+(-w*sin(a)-h*cos(a))/111320)])),4326)::geometry(Polygon,4326) AS geom
FROM b, LATERAL (SELECT 1/(111320*cos(radians(lat))) k) kk
WHERE ST_Intersects(ST_SetSRID(ST_MakePoint(lon,lat),4326), :bbox);

ALTER TABLE organisations ADD PRIMARY KEY (id);
ALTER TABLE support ADD PRIMARY KEY (id);
ALTER TABLE premises ADD PRIMARY KEY (id);
CREATE INDEX organisations_geom ON organisations USING gist(geom);
CREATE INDEX support_geom ON support USING gist(geom);
CREATE INDEX premises_geom ON premises USING gist(geom);
CLUSTER organisations USING organisations_geom;
CLUSTER support USING support_geom;
CLUSTER premises USING premises_geom;

-- A whole tile by ST_AsMVT, as martin makes it: what nginx has as files. cap = features a layer, premises from z13.
CREATE FUNCTION tile3(z int, x int, y int, cap int DEFAULT 10000) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH e AS MATERIALIZED (SELECT ST_TileEnvelope(z,x,y) env,
                                 ST_Transform(ST_Expand(ST_TileEnvelope(z,x,y), 40075016.6855785/(1<<z)*64/4096), 4326) bb)
  SELECT coalesce((SELECT ST_AsMVT(t,'organisations',4096,'geom') FROM (
      SELECT ST_AsMVTGeom(ST_Transform(o.geom,3857), e.env, 4096, 64, true) geom, id::text, name, legal_form, activity, accepts_orders, offers_count, demand_count
      FROM organisations o, e WHERE o.geom && e.bb LIMIT cap) t), ''::bytea)
    || coalesce((SELECT ST_AsMVT(t,'support',4096,'geom') FROM (
      SELECT ST_AsMVTGeom(ST_Transform(o.geom,3857), e.env, 4096, 64, true) geom, id::text, name, kind, url
      FROM support o, e WHERE o.geom && e.bb LIMIT cap) t), ''::bytea)
    || CASE WHEN z >= 13 THEN coalesce((SELECT ST_AsMVT(t,'premises',4096,'geom') FROM (
      SELECT ST_AsMVTGeom(ST_Transform(o.geom,3857), e.env, 4096, 64, true) geom, id::text, address, status, area_m2::float8, use_type, rent::float8, district
      FROM premises o, e WHERE o.geom && e.bb LIMIT cap) t), ''::bytea) ELSE ''::bytea END $$;

VACUUM ANALYZE;
SELECT (SELECT count(*) FROM organisations) organisations, (SELECT count(*) FROM support) support, (SELECT count(*) FROM premises) premises,
       (SELECT md5(string_agg(ST_AsText(geom,6),'' ORDER BY id)) FROM organisations) AS checksum;
