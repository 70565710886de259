# Suggestions of the search box.
search-kind-offer = oferta
search-kind-demand = zapotrzebowanie
search-kind-equipment = sprzęt
search-kind-municipality = gmina
search-kind-landmark = miejsce
search-kind-district = osiedle
search-kind-street = ulica
search-kind-bridge = most
search-kind-address = adres
