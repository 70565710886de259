-- What of OpenStreetMap becomes which layer of the basemap. Read by tilemaker (`pestor basemap build`); drawn by osm.mjs.
-- Layers: water, green, buildings, streets, rail, places; every name is the Polish one where there is one.

local function set(list)
	local found = {}
	for _, value in ipairs(list) do found[value] = true end
	return found
end

-- Metres of one pixel of a 256-pixel tile at the equator, from which the smallest area worth drawing at a zoom follows.
local PIXEL_M = 156543

local GREEN = {
	landuse = set { "forest", "grass", "meadow", "village_green", "recreation_ground", "cemetery", "allotments", "orchard", "vineyard" },
	leisure = set { "park", "garden", "nature_reserve", "golf_course", "pitch", "playground", "dog_park" },
	natural = set { "wood", "scrub", "heath", "grassland", "wetland" },
	amenity = set { "grave_yard" },
}
local WATERWAYS = { river = 8, canal = 10, stream = 13, ditch = 14, drain = 14 }
-- Rank of a street, as in the schematic basemap: 1 the main axes, 3 ordinary streets, 4 service roads, 5 paths; and the zoom it comes in at.
local STREETS = {
	motorway = { 1, 5 }, trunk = { 1, 6 }, primary = { 1, 8 }, secondary = { 2, 9 }, tertiary = { 2, 11 },
	motorway_link = { 2, 11 }, trunk_link = { 2, 11 }, primary_link = { 2, 11 }, secondary_link = { 2, 12 }, tertiary_link = { 3, 12 },
	unclassified = { 3, 12 }, residential = { 3, 12 }, living_street = { 3, 13 }, pedestrian = { 3, 13 }, road = { 3, 13 },
	service = { 4, 14 }, track = { 5, 14 }, cycleway = { 5, 14 }, footway = { 5, 14 }, path = { 5, 14 }, steps = { 5, 14 }, bridleway = { 5, 14 },
}
local RAIL = { rail = 9, light_rail = 11, narrow_gauge = 11, subway = 12, tram = 13 }
local PLACES = { city = 5, town = 7, village = 10, suburb = 11, quarter = 13, neighbourhood = 13, hamlet = 12, isolated_dwelling = 14 }

node_keys = { "place" }

function init_function() end
function exit_function() end

local function write_name(thing)
	local name = thing:Find("name:pl")
	if name == "" then name = thing:Find("name") end
	if name ~= "" then thing:Attribute("name", name) end
end

-- The zoom from which on an area covers more than about sixteen pixels, not before `first`.
local function zoom_of_area(way, first)
	local side = math.sqrt(math.max(way:Area(), 1))
	local zoom = math.ceil(math.log(4 * PIXEL_M / side) / math.log(2))
	return math.max(first, math.min(zoom, 14))
end

function node_function(node)
	local place = node:Find("place")
	local zoom = PLACES[place]
	if not zoom or node:Find("name") == "" then return end
	node:Layer("places", false)
	node:Attribute("kind", place)
	node:MinZoom(zoom)
	-- Of two names that do not both fit, the larger place keeps its own.
	node:AttributeNumeric("population", tonumber(node:Find("population")) or 0)
	write_name(node)
end

local function is_green(way)
	for key, values in pairs(GREEN) do
		if values[way:Find(key)] then return true end
	end
	return false
end

local function area(way, layer, first, kind)
	local zoom = zoom_of_area(way, first)
	way:Layer(layer, true)
	way:MinZoom(zoom)
	if kind then way:Attribute("kind", kind) end
	if way:Find("name") ~= "" then
		way:LayerAsCentroid(layer)
		way:MinZoom(math.min(zoom + 2, 14))
		if kind then way:Attribute("kind", kind) end
		write_name(way)
	end
end

function way_function(way)
	local highway, railway, waterway = way:Find("highway"), way:Find("railway"), way:Find("waterway")
	local closed = way:IsClosed()

	if way:Find("building") ~= "" and way:Find("building") ~= "no" and closed then
		way:Layer("buildings", true)
		way:MinZoom(way:Area() > 2000 and 13 or 14)
	end

	if closed and (way:Find("natural") == "water" or waterway == "riverbank" or waterway == "dock" or way:Find("landuse") == "reservoir"
		or way:Find("landuse") == "basin") then
		area(way, "water", 6)
	elseif WATERWAYS[waterway] then
		way:Layer("water", false)
		way:MinZoom(WATERWAYS[waterway])
		way:Attribute("kind", waterway)
		if way:Find("tunnel") == "yes" or way:Find("tunnel") == "culvert" then way:AttributeBoolean("tunnel", true) end
		write_name(way)
	elseif closed and is_green(way) then
		area(way, "green", 8)
	end

	local street = STREETS[highway]
	if street then
		local square = closed and (way:Find("area") == "yes")
		way:Layer("streets", square)
		way:MinZoom(street[2])
		way:AttributeNumeric("rank", street[1])
		way:ZOrder(10 - street[1])
		if way:Find("bridge") ~= "" and way:Find("bridge") ~= "no" then way:AttributeBoolean("bridge", true) end
		if way:Find("tunnel") ~= "" and way:Find("tunnel") ~= "no" then way:AttributeBoolean("tunnel", true) end
		if not square then write_name(way) end
	end

	if RAIL[railway] then
		local siding = way:Find("service") ~= ""
		way:Layer("rail", false)
		way:MinZoom(siding and 13 or RAIL[railway])
		way:Attribute("kind", railway)
		if way:Find("tunnel") ~= "" and way:Find("tunnel") ~= "no" then way:AttributeBoolean("tunnel", true) end
	end
end
