# Suggestions of the search box.
search-kind-offer = offer
search-kind-demand = demand
search-kind-equipment = equipment
search-kind-municipality = municipality
search-kind-landmark = place
search-kind-district = district
search-kind-street = street
search-kind-bridge = bridge
search-kind-address = address
